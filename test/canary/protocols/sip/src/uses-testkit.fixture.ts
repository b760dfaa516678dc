export { testkit } from '../../../packages/testkit/src/index.js';
