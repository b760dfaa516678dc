export { mgcp } from '../../../protocols/mgcp/src/index.js';
