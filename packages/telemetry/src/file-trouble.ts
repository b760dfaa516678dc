// Why a file that is written cannot be written, for a person.

/** @returns the end of a sentence: `…: its folder does not exist`. */
export function fileTrouble(cause: unknown): string {
  switch (cause instanceof Error && 'code' in cause ? cause.code : '') {
    case 'ENOENT':
      return 'its folder does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'this user may not write there';
    case 'EISDIR':
      return 'it is a folder';
    case 'ENOTDIR':
      return 'a part of its path is not a folder';
    case 'EROFS':
      return 'the file system is read-only';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'there is no space left';
    default:
      return cause instanceof Error ? cause.message : String(cause);
  }
}
