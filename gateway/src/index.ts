// What tests of more than one package may take from the program.
export { PatchPanel, type PatchPanelSettings } from './compose/patch-panel.js';
export * from './compose/sip-territory.js';
export * from './steps/contact.js';
export * from './steps/foreign.js';
export * from './steps/registered.js';
export type { Territory } from './steps/territory.js';
