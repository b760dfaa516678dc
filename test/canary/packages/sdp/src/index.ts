export const sdp = 1;
