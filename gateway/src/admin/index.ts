export { type AdminOptions, type AdminServer, startAdmin } from './admin-server.js';
export type * from './node-view.js';
