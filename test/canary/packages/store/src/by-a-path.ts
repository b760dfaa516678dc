export { core } from '../../core/src/index.js';
