import { locationStoreContract } from '@altpath/testkit';
import { MemoryStore } from './memory-store.js';

locationStoreContract('the memory store', () => ({ store: new MemoryStore() }));
