export { gateway } from '../../gateway/src/index.js';
