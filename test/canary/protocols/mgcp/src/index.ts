export const mgcp = 1;
