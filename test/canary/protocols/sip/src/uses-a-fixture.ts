export { testkit } from './uses-testkit.fixture.js';
