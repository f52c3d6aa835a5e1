import { expect, test } from 'vitest';
import { captureProgram, CaptureSearch } from './captures.ts';
import { parse } from './parse.ts';

function find(pattern: string, text: string): string[] | null {
  const { syntax, groupCount } = parse(pattern);
  return new CaptureSearch(syntax, groupCount).find(text);
}

test.each([
  ['^9([0-9]{10})$', '92125550100', ['92125550100', '2125550100']],
  ['(1)|(2)', '32', ['2', '', '2']],
  ['(1+)(1+)', '1111', ['1111', '111', '1']],
  ['(1+?)(1+)', '1111', ['1111', '1', '111']],
  ['(1|12)(2?)', '12', ['12', '1', '2']],
  ['(12)*', '121', ['12', '12']],
  ['\\b(2)', '12#2', ['2', '2']],
  ['()', '1', ['', '']],
])('%s captures in %s', (pattern, text, captures) => {
  expect(find(pattern, text)).toEqual(captures);
});

test('the leftmost match is found, and an anchored pattern is tried at the start only', () => {
  expect(find('2.', '12123')).toEqual(['21']);
  expect(find('^2', '12')).toBeNull();
});

test('a repeated group captures its last repetition', () => {
  expect(find('(?:(1)|2)*', '121')).toEqual(['121', '1']);
});

// Answers of RE2 20220601 (C++) and of re2js.
test.each([
  ['(?U:.{0,70}|)*0|', '-00'],
  ['(?:.{0,60}?)*0', '-00'],
  ['(?:.*?|)*0', '-0'],
])('a loop around %s ends where it does in RE2, which copies the body of a counted repetition', (pattern, match) => {
  expect(find(pattern, '-00')).toEqual([match]);
});

test('a pattern that stops backtracking engines takes linear time', () => {
  const before = process.threadCpuUsage();
  expect(find('(1*)*(1*)*(1*)*2', '1'.repeat(64))).toBeNull();
  expect(process.threadCpuUsage(before).user).toBeLessThan(1_000_000);
});

const kindsOf = (text: string): string[] =>
  captureProgram(parse(text).syntax)
    .instructions.map(({ kind }) => kind)
    .sort();

/** The order in which the forks of a program are tried, as the kinds of their first and second instruction. */
function forksOf(text: string): string[] {
  const { instructions } = captureProgram(parse(text).syntax);
  return instructions.flatMap((instruction) =>
    instruction.kind === 'fork'
      ? [`${instructions[instruction.first]?.kind} ${instructions[instruction.second]?.kind}`]
      : [],
  );
}

test('a group saves its start and its end', () => {
  expect(kindsOf('(1)2')).toEqual(['character', 'character', 'match', 'save', 'save']);
});

test('a greedy repetition tries its body first, a lazy one the rest', () => {
  expect(forksOf('1?')).toEqual(['character match']);
  expect(forksOf('1??')).toEqual(['match character']);
  expect(forksOf('1*')).toEqual(['character match']);
  expect(forksOf('1*?')).toEqual(['match character']);
});

test('a counted repetition is copied, and the copies beyond the least are optional', () => {
  expect(kindsOf('1{2,4}')).toEqual(['character', 'character', 'character', 'character', 'fork', 'fork', 'match']);
});

test('a nullable body of a loop is tried once before the loop ends', () => {
  expect(kindsOf('(1?)*').filter((kind) => kind === 'fork')).toHaveLength(3);
  expect(kindsOf('(1)*').filter((kind) => kind === 'fork')).toHaveLength(1);
});

test('a part that is longer than any dialed string fails at once', () => {
  expect(kindsOf('1{65}')).toEqual(['character', 'match']);
});
