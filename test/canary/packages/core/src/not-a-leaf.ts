export { sdp } from '../../sdp/src/index.js';
