export { store } from '../../store/src/index.js';
