export { mgcp } from '../../mgcp/src/index.js';
