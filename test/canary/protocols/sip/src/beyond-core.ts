export { store } from '../../../packages/store/src/index.js';
