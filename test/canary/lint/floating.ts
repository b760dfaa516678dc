// Nobody waits for this promise: its failure would be nobody's.
async function answer(): Promise<number> {
  return 42;
}

answer();
