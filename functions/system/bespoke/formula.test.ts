import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  evaluateFormula,
  FormulaFault,
  isNeverNumber,
  maxFormula,
  metrics,
  parseFormula,
  printFormula,
  type Formula,
  type Metric,
} from './formula.ts';

const values: Record<Metric, number> = {
  ...{ calls_handled: 40, avg_handle_time: 180, wait_time: 30, wait_time_seconds: 30 },
  ...{ queue_length: 8, abandon_rate: 12.5, service_level: 80 },
};
const valueOf = (text: string): number | null => evaluateFormula(parseFormula(text), values);

/** The fault of a text; undefined: it is a formula. Any other error is thrown. */
function faultOf(text: string): FormulaFault | undefined {
  try {
    parseFormula(text);
    return undefined;
  } catch (error) {
    if (error instanceof FormulaFault) return error;
    throw error;
  }
}

test.each([
  ['1 + 2 * 3', 7],
  ['(1 + 2) * 3', 9],
  ['10 - 4 - 3', 3],
  ['100 / 10 / 5', 2],
  ['-queue_length + 10', 2],
  ['2 * --3', 6],
  ['calls_handled * avg_handle_time / 3600', 2],
  ['0.5*abandon_rate', 6.25],
])('%s is %d', (text, value) => {
  expect(valueOf(text)).toBe(value);
});

test.each(['1 / 0', 'wait_time / (queue_length - 8)', '0 / 0', '1 + 1 / 0', '1 / (1 / 0)'])(
  'a division by zero has no value: %s',
  (text) => {
    expect(valueOf(text)).toBeNull();
  },
);

test('a value beyond the range of numbers has none', () => {
  expect(evaluateFormula(parseFormula('queue_length * queue_length'), { ...values, queue_length: 1e200 })).toBeNull();
});

test.each([
  ['', 1, 'ends where'],
  ['   ', 4, 'ends where'],
  ['1 +', 4, 'ends where'],
  ['1 + * 2', 5, 'has *'],
  ['(1 + 2', 1, 'not closed'],
  ['1 + (2', 5, 'not closed'],
  ['1 + 2)', 6, 'does not belong here'],
  ['(1 2)', 4, 'where an operator or )'],
  ['2 2', 3, 'does not belong here'],
  ['agent_name + 1', 1, 'unknown metric agent_name'],
  ['1 + latency', 5, 'unknown metric latency'],
  ['constructor', 1, 'unknown metric'],
  ['queue_length ** 2', 15, 'has *'],
  ['1; process.exit()', 2, 'is no metric'],
  ['1e5', 2, 'does not belong here'],
  ['.5', 1, 'is no metric'],
  ['1 ÷ 2', 3, 'is no metric'],
])('%j is rejected at column %d', (text, column, message) => {
  expect(faultOf(text)).toMatchObject({ column, message: expect.stringContaining(message) as string });
});

test('256 brackets do not overflow the stack', () => {
  expect(faultOf('('.repeat(256))).toMatchObject({ column: 257 });
  expect(faultOf(`${'('.repeat(127)}1${')'.repeat(127)}`)).toBeUndefined();
  expect(valueOf(`${'-'.repeat(254)}1`)).toBe(1);
  expect(faultOf('('.repeat(1_000_000))).toMatchObject({ column: 257 });
});

test('a formula that divides by zero whatever is measured never has a value', () => {
  expect(['1 / 0', '-(1 / (2 - 2))'].map((text) => isNeverNumber(parseFormula(text)))).toEqual([true, true]);
  expect(['1', 'queue_length / 0 + 1'].map((text) => isNeverNumber(parseFormula(text)))).toEqual([false, false]);
});

const number = fc
  .tuple(fc.nat({ max: 9_999 }), fc.option(fc.nat({ max: 99 }), { nil: null }))
  .map(([whole, part]) => ({ kind: 'number' as const, text: part === null ? `${whole}` : `${whole}.${part}` }));
const metric = fc.constantFrom(...metrics).map((name) => ({ kind: 'metric' as const, name }));
const { formula: anyFormula } = fc.letrec<{ formula: Formula }>((tie) => ({
  formula: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    number,
    metric,
    tie('formula').map((of) => ({ kind: 'negative' as const, of })),
    fc.record({
      kind: fc.constant('operation' as const),
      operator: fc.constantFrom('+' as const, '-' as const, '*' as const, '/' as const),
      left: tie('formula'),
      right: tie('formula'),
    }),
  ),
}));
const shortFormula = anyFormula.filter((formula) => printFormula(formula).length <= maxFormula);

/** The value by reduction to postfix form: neither the parser nor the tree is used. */
function valueByPostfix(text: string): number {
  const rank: Record<string, number> = { '+': 1, '-': 1, '*': 2, '/': 2, '~': 3 };
  const stack: number[] = [];
  const signs: string[] = [];
  const apply = (sign: string): void => {
    const right = stack.pop() ?? NaN;
    if (sign === '~') {
      stack.push(-right);
      return;
    }
    const left = stack.pop() ?? NaN;
    const byZero = sign === '/' && right === 0;
    const results: Record<string, number> = { '+': left + right, '-': left - right, '*': left * right };
    stack.push(byZero ? NaN : (results[sign] ?? left / right));
  };
  let wantsOperand = true;
  for (const token of text.match(/[0-9.]+|[a-z_]+|[-+*/()]/g) ?? []) {
    if (/^[0-9a-z]/.test(token)) {
      stack.push(token in values ? values[token as Metric] : Number(token));
      wantsOperand = false;
    } else if (token === '(') signs.push(token);
    else if (token === ')') {
      while (signs.at(-1) !== '(') apply(signs.pop() ?? '');
      signs.pop();
      wantsOperand = false;
    } else if (wantsOperand) signs.push('~');
    else {
      while (signs.length > 0 && (rank[signs.at(-1) ?? ''] ?? 0) >= (rank[token] ?? 0)) apply(signs.pop() ?? '');
      signs.push(token);
      wantsOperand = true;
    }
  }
  while (signs.length > 0) apply(signs.pop() ?? '');
  return stack[0] ?? NaN;
}

describe('of any formula', () => {
  test('the printed form is parsed to the same formula', () => {
    fc.assert(
      fc.property(shortFormula, (formula) => {
        expect(parseFormula(printFormula(formula))).toEqual(formula);
      }),
      { numRuns: 1_000 },
    );
  });

  test('the value is that of the text in postfix form', () => {
    fc.assert(
      fc.property(shortFormula, (formula) => {
        const expected = valueByPostfix(printFormula(formula));
        expect(evaluateFormula(formula, values)).toBe(Number.isFinite(expected) ? expected : null);
      }),
      { numRuns: 1_000 },
    );
  });
});

test('any text is a formula or has a fault at one of its columns', () => {
  const pieces = fc.constantFrom(
    ...metrics,
    '(',
    ')',
    '+',
    '-',
    '*',
    '/',
    '1',
    '2.5',
    ' ',
    '.',
    'x',
    '\n',
    '😀',
    '__proto__',
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.array(pieces).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const fault = faultOf(text);
      if (fault === undefined) return;
      expect(fault.column).toBeGreaterThanOrEqual(1);
      expect(fault.column).toBeLessThanOrEqual(Math.min(text.length, maxFormula) + 1);
    }),
    { numRuns: 2_000 },
  );
});
