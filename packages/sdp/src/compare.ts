// Descriptions as text: when one says the same as another although somebody on the way has written it anew.

/**
 * The lines of a description, without line ends and blanks around them.
 *
 * @returns  Of several descriptions one after the other, which are alternatives (RFC 3525 §7.1.8), those of the first.
 */
export function linesOfFirst(description: string): readonly string[] {
  const all = description
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const second = all.findIndex((line, at) => at > 0 && line.startsWith('v='));
  return second < 0 ? all : all.slice(0, second);
}

/** Whether two descriptions name the same media at the same place. Their origin, name and times may differ, and line ends. */
export function sameDescription(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a === b || essence(a) === essence(b);
}

function essence(description: string): string {
  return linesOfFirst(description)
    .filter((line) => !/^[vost]=/.test(line))
    .sort()
    .join('\n');
}
