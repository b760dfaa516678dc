import { expect } from 'chai';
import { COLON, COMMA } from './characters.js';
import { decimal, decimalRange, Scanner, UINT32 } from './scanner.js';

describe('the scanner', () => {
  it('blanks, line ends and comments are passed over, also at the end of the text', () => {
    const s = new Scanner(' \t\r\n; a {comment}, "with" all\r\n ;another\nword ; the last, not ended');
    s.skip();
    expect(s.word()).to.equal('word');
    expect(s.atEnd).to.equal(true);
  });

  it('a word is all SafeChars and ends at the first character that has a meaning', () => {
    for (const end of ['{', '}', '=', ',', ':', '[', ']', '"', '<', '>', '#', ';', ' ', '\x80']) {
      const s = new Scanner(`O-W-a/b_1*$@.!?&+|()%\\^\`~'${end}rest`);
      expect(s.word(), end).to.equal("O-W-a/b_1*$@.!?&+|()%\\^`~'");
    }
  });

  it('a string keeps blanks, tabs and octets above 127, and may hold everything but a quote and a line end', () => {
    const s = new Scanner('"a {b}; c\t,\xe9=" ,');
    expect(s.string()).to.equal('a {b}; c\t,\xe9=');
    expect(s.at(COMMA)).to.equal(true);
    for (const bad of ['"open', '"new\nline"', '"bell\x07"', '"delete\x7f"']) {
      const broken = new Scanner(bad);
      broken.string();
      expect(broken.stop?.code, bad).to.equal('megaco.parse.string');
      expect(broken.stop?.offset, bad).to.equal(0);
    }
  });

  it('raw octets end at the first brace without a backslash, and lose the blanks at both ends only', () => {
    const s = new Scanner('{ \r\nv=0\r\na=x:{1\\}2\\\\}\r\n }next');
    s.expectRaw();
    expect(s.raw()).to.equal('v=0\r\na=x:{1}2\\}');
    expect(s.word()).to.equal('next');
  });

  it('raw octets whose brace never comes are a fault at their beginning', () => {
    const s = new Scanner('{v=0\\}\\}');
    s.expectRaw();
    expect(s.raw()).to.equal('');
    expect(s.stop).to.include({ code: 'megaco.parse.brace', offset: 1 });
  });

  it('the first fault stays, and nothing is found behind it', () => {
    const s = new Scanner('a,b');
    s.word();
    s.expect(COLON);
    s.fail('later', 'a second one');
    expect(s.stop).to.include({ code: 'megaco.parse.syntax', offset: 1 });
    expect(s.word()).to.equal('');
    expect(s.comma()).to.equal(false);
  });

  it('a hint is short however long the word it quotes', () => {
    const s = new Scanner('');
    s.fail('name', 'x'.repeat(10_000));
    expect(s.stop?.hint.length).to.equal(160);
  });

  it('numbers are decimal digits within their range', () => {
    expect(decimal('0', UINT32)).to.equal(0);
    expect(decimal('4294967295', UINT32)).to.equal(UINT32);
    expect(decimal('0000000007', UINT32)).to.equal(7);
    for (const bad of ['', '4294967296', '00000000007', '-1', '+1', '1.0', '0x1', '1e3', '٣'])
      expect(decimal(bad, UINT32), bad).to.equal(-1);
    expect(decimalRange('5-9', UINT32)).to.deep.equal([5, 9]);
    expect(decimalRange('5', UINT32)).to.deep.equal([5, undefined]);
    expect(decimalRange('5-', UINT32)).to.deep.equal([5, -1]);
    expect(decimalRange('-5', UINT32)).to.deep.equal([-1, undefined]);
  });
});
