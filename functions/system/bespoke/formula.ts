/**
 * Formulas of a queue monitor (functions/system/README.md, "Queue monitor"): metrics, numbers, `+ - * / ( )`. They are
 * parsed and evaluated here and never run as code. Parsing takes time in proportion to the length of the text.
 */

/** The metrics of a queue that are numbers. Times are in seconds, rates in percent. */
export const metrics = [
  'calls_handled',
  'avg_handle_time',
  'wait_time',
  'wait_time_seconds',
  'queue_length',
  'abandon_rate',
  'service_level',
] as const;
export type Metric = (typeof metrics)[number];

type Operator = '+' | '-' | '*' | '/';

export type Formula =
  /** `text`: as it is written, since a number of 256 digits would not be printed as it was. */
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'metric'; readonly name: Metric }
  | { readonly kind: 'negative'; readonly of: Formula }
  | { readonly kind: 'operation'; readonly operator: Operator; readonly left: Formula; readonly right: Formula };

/** Characters of a formula. They bound its brackets, and so the depth of its parsing. */
export const maxFormula = 256;

/** A text that is no formula. */
export class FormulaFault extends Error {
  override name = 'FormulaFault';
  /** Position in the text, from 1, in UTF-16 units. */
  readonly column: number;

  constructor(column: number, message: string) {
    super(message);
    this.column = column;
  }
}

type Token = { readonly kind: 'number' | 'name' | 'sign'; readonly text: string; readonly column: number };

const tokenForm = /(?<number>[0-9]+(?:\.[0-9]+)?)|(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<sign>[-+*/()])|(?<blank>[ \t]+)/uy;

/** @throws FormulaFault */
function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    tokenForm.lastIndex = at;
    const found = tokenForm.exec(text);
    if (found === null) throw new FormulaFault(at + 1, 'is no metric, number, bracket or one of + - * /');
    const { number, name, sign } = found.groups ?? {};
    const column = at + 1;
    if (number !== undefined) tokens.push({ kind: 'number', text: number, column });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name, column });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign, column });
    at += found[0].length;
  }
  return tokens;
}

/** Reads tokens from the left: a sum of products of factors. */
class Parser {
  private at = 0;
  private readonly tokens: readonly Token[];
  private readonly end: number;

  constructor(text: string) {
    this.tokens = tokensOf(text);
    this.end = text.length + 1;
  }

  whole(): Formula {
    const formula = this.sum();
    const rest = this.tokens[this.at];
    if (rest !== undefined) throw new FormulaFault(rest.column, `does not belong here: ${rest.text}`);
    return formula;
  }

  private sum(): Formula {
    let left = this.product();
    for (let operator = this.take('+', '-'); operator !== undefined; operator = this.take('+', '-'))
      left = { kind: 'operation', operator, left, right: this.product() };
    return left;
  }

  private product(): Formula {
    let left = this.factor();
    for (let operator = this.take('*', '/'); operator !== undefined; operator = this.take('*', '/'))
      left = { kind: 'operation', operator, left, right: this.factor() };
    return left;
  }

  private factor(): Formula {
    if (this.take('-') !== undefined) return { kind: 'negative', of: this.factor() };
    if (this.take('(') !== undefined) return this.bracket();
    const token = this.tokens[this.at];
    if (token === undefined) throw new FormulaFault(this.end, 'ends where a metric, a number or a bracket is expected');
    this.at += 1;
    if (token.kind === 'number') return { kind: 'number', text: token.text };
    if (token.kind === 'name') return { kind: 'metric', name: metricNamed(token) };
    throw new FormulaFault(token.column, `has ${token.text} where a metric, a number or a bracket is expected`);
  }

  private bracket(): Formula {
    const opened = this.tokens[this.at - 1]?.column ?? 1;
    const inner = this.sum();
    if (this.take(')') !== undefined) return inner;
    const next = this.tokens[this.at];
    if (next === undefined) throw new FormulaFault(opened, 'has a bracket that is not closed');
    throw new FormulaFault(next.column, `has ${next.text} where an operator or ) is expected`);
  }

  /** The next token, if it is one of these signs. */
  private take<S extends Operator | '(' | ')'>(...signs: readonly S[]): S | undefined {
    const next = this.tokens[this.at];
    const sign = next?.kind === 'sign' ? signs.find((each) => each === next.text) : undefined;
    if (sign !== undefined) this.at += 1;
    return sign;
  }
}

/** @throws FormulaFault for a name that is no metric */
function metricNamed({ text, column }: Token): Metric {
  const metric = metrics.find((name) => name === text);
  if (metric === undefined)
    throw new FormulaFault(column, `has the unknown metric ${text}; there are ${metrics.join(', ')}`);
  return metric;
}

/** @throws FormulaFault */
export function parseFormula(text: string): Formula {
  if (text.length > maxFormula) throw new FormulaFault(maxFormula + 1, `has more than ${maxFormula} characters`);
  return new Parser(text).whole();
}

/** A formula without brackets that change nothing. Parsing it again gives the same formula. */
export function printFormula(formula: Formula): string {
  if (formula.kind === 'number') return formula.text;
  if (formula.kind === 'metric') return formula.name;
  if (formula.kind === 'negative') return `-${printFactor(formula.of)}`;
  const { operator, left, right } = formula;
  if (operator === '+' || operator === '-') return `${printFormula(left)} ${operator} ${printTerm(right)}`;
  return `${printTerm(left)} ${operator} ${printFactor(right)}`;
}

const isSum = (formula: Formula): boolean =>
  formula.kind === 'operation' && (formula.operator === '+' || formula.operator === '-');

const printTerm = (formula: Formula): string => (isSum(formula) ? `(${printFormula(formula)})` : printFormula(formula));
const printFactor = (formula: Formula): string =>
  formula.kind === 'operation' ? `(${printFormula(formula)})` : printFormula(formula);

const operations: Readonly<Record<Operator, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => (right === 0 ? Number.NaN : left / right),
};

function valueOf(formula: Formula, values: Readonly<Record<Metric, number>>): number {
  if (formula.kind === 'number') return Number(formula.text);
  if (formula.kind === 'metric') return values[formula.name];
  if (formula.kind === 'negative') return -valueOf(formula.of, values);
  return operations[formula.operator](valueOf(formula.left, values), valueOf(formula.right, values));
}

/** The value of a formula; null if it divides by zero, or is too large for a number. */
export function evaluateFormula(formula: Formula, values: Readonly<Record<Metric, number>>): number | null {
  const value = valueOf(formula, values);
  return Number.isFinite(value) ? value : null;
}

const zeros = Object.fromEntries(metrics.map((name) => [name, 0])) as Record<Metric, number>;

const hasMetric = (formula: Formula): boolean => {
  if (formula.kind === 'operation') return hasMetric(formula.left) || hasMetric(formula.right);
  return formula.kind === 'negative' ? hasMetric(formula.of) : formula.kind === 'metric';
};

/** Whether a formula never has a value: it has no metric, and divides by zero. */
export const isNeverNumber = (formula: Formula): boolean =>
  !hasMetric(formula) && evaluateFormula(formula, zeros) === null;
