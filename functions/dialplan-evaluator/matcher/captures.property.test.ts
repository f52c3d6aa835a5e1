import fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect, test } from 'vitest';
import { formOf } from './automata.ts';
import { CaptureSearch } from './captures.ts';
import { parse } from './parse.ts';
import { anyPattern, dialed } from './patterns.fixture.ts';

/** What RE2 itself (re2js) captures. */
function captured(text: string, dialedText: string): string[] | null {
  const matcher = RE2JS.compile(text).matcher(dialedText);
  return matcher.find() ? Array.from({ length: matcher.groupCount() + 1 }, (_, group) => matcher.group(group) ?? '') : null;
}

test('the groups of patterns of every operator capture what they capture in RE2', () => {
  fc.assert(
    fc.property(anyPattern, fc.array(dialed, { minLength: 5, maxLength: 5 }), (text, strings) => {
      const { syntax, groupCount } = parse(text);
      fc.pre(formOf(syntax) === 'merged');
      const search = new CaptureSearch(syntax, groupCount);
      for (const string of strings) expect({ string, captures: search.find(string) }).toEqual({ string, captures: captured(text, string) });
    }),
    { numRuns: 2_000 },
  );
});
