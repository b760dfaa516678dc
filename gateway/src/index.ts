// What tests of more than one package may take from the program.
export { PatchPanel, type PatchPanelSettings } from './compose/patch-panel.js';
export * from './compose/sip-routing.js';
