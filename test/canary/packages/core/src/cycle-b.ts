export { a } from './cycle-a.js'; export const b = 1;
