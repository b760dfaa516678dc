// H.248 gateways of the scene, by how they speak.

/** Of gateways and nodes: a controller that says nothing is given up after T-MAX (RFC 3525 D.1.5). */
export const MEGACO_TIMERS = { rtoMs: 200, max1: 2, tMaxMs: 2_000, longTimerMs: 4_000 } as const;
