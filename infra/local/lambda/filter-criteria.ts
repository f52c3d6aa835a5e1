import { isObject, LocalCloudError } from '../templates/resource.ts';

/** `FilterCriteria` of an event source mapping: a record passes if one of the patterns matches it. */
export type FilterCriteria = { readonly Filters?: readonly { readonly Pattern?: unknown }[] };

type Test = (value: unknown) => boolean;

const isLiteral = (value: unknown): boolean => value === null || ['string', 'number', 'boolean'].includes(typeof value);

/** Comparison operators by their names in a pattern. */
const operators: Readonly<Record<string, (operand: unknown) => Test>> = {
  prefix: (operand) => (value) => typeof value === 'string' && value.startsWith(String(operand)),
  exists: (operand) => (value) => (value !== undefined) === operand,
  'anything-but': (operand) => {
    const excluded = [operand].flat().map(compileCondition);
    return (value) => value !== undefined && !excluded.some((test) => test(value));
  },
};

/**
 * Compiles filter criteria into one test.
 *
 * @throws LocalCloudError naming a comparison that it does not know
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export function compileFilter({ Filters = [] }: FilterCriteria = {}): (record: unknown) => boolean {
  const tests = Filters.map(({ Pattern }) =>
    compilePattern(typeof Pattern === 'string' ? JSON.parse(Pattern) : Pattern),
  );
  return (record) => tests.length === 0 || tests.some((test) => test(record));
}

/** An object matches if all of its keys do; a list matches if one of its conditions does. */
function compilePattern(pattern: unknown): Test {
  if (Array.isArray(pattern)) {
    const conditions = pattern.map(compileCondition);
    return (value) => conditions.some((test) => test(value));
  }
  if (!isObject(pattern))
    throw new LocalCloudError(`The filter pattern ${JSON.stringify(pattern)} is neither an object nor a list.`);
  const tests = Object.entries(pattern).map(([key, inner]) => [key, compilePattern(inner)] as const);
  return (value) => tests.every(([key, test]) => test(isObject(value) ? value[key] : undefined));
}

function compileCondition(condition: unknown): Test {
  if (isLiteral(condition)) return (value) => value === condition;
  const [name = '', operand] = isObject(condition) ? (Object.entries(condition)[0] ?? []) : [];
  const operator = operators[name];
  if (!operator)
    throw new LocalCloudError(`The filter condition ${JSON.stringify(condition)} is unknown to the local cloud.`);
  return operator(operand);
}
