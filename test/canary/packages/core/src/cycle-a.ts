export { b } from './cycle-b.js'; export const a = 1;
