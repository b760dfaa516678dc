export { createLogger } from 'winston';
