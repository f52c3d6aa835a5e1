import { identityTag } from '#schema/domain.ts';
import { withCache } from './cache.ts';
import { LocalCloudError } from '../templates/resource.ts';

/** One action of a call: IAM decides each by itself. */
export type Request = {
  /** For example `dynamodb:PutItem`. */
  readonly action: string;
  readonly resource: string;
  /** Values of the call's condition keys, such as the partition keys that it names. */
  readonly context?: Readonly<Partial<Record<ContextKey, readonly string[]>>>;
};

/** The permissions of a role. */
export type Policy = { allows(request: Request): boolean };

type Condition = (request: Request) => boolean;
type Statement = { readonly actions: Matcher; readonly resources: Matcher; readonly condition: Condition };
type Matcher = (value: string) => boolean;

/**
 * Condition operators that our constructs write, over the values of a key in the request; undefined if the request has
 * no such key. IAM User Guide, "Condition operators":
 * ForAllValues is true when the key is absent, a plain operator then is false.
 */
const operators: Readonly<
  Record<string, (wanted: readonly string[], values: readonly string[] | undefined) => boolean>
> = {
  'ForAllValues:StringLike': (wanted, values = []) => values.every(globs(wanted)),
  'ForAllValues:StringEquals': (wanted, values = []) => values.every((value) => wanted.includes(value)),
  StringLike: (wanted, values = []) => values.some(globs(wanted)),
  StringEquals: (wanted, values = []) => values.some((value) => wanted.includes(value)),
  Bool: (wanted, values = []) => values.some((value) => wanted.includes(value)),
  Null: (wanted, values) => wanted.includes(String(values === undefined)),
};

/** Keys of the request's context that the local endpoint evaluates. */
export const identityTagKey = `aws:ResourceTag/${identityTag}` as const;
const contextKeys = [
  'dynamodb:LeadingKeys',
  'ses:FromAddress',
  's3:if-none-match',
  's3:ObjectCreationOperation',
  identityTagKey,
] as const;
type ContextKey = (typeof contextKeys)[number];

/**
 * Reads the statements of one role. Only forms that our templates use are known, so that nothing is allowed or denied
 * by mistake.
 *
 * @param owner name of the role's function, for error messages
 * @throws LocalCloudError naming a form that it does not know
 */
export function compilePolicy(owner: string, statements: readonly unknown[]): Policy {
  const compiled = statements.map((statement) => compileStatement(owner, statement));
  const statementsFor = withCache((action) => compiled.filter((statement) => statement.actions(action)));
  return {
    allows: (request) =>
      statementsFor(request.action).some(
        ({ resources, condition }) => resources(request.resource) && condition(request),
      ),
  };
}

/** Allows everything: the policy of the operator's own credentials. */
export const allowAll: Policy = { allows: () => true };

const statementParts = ['Sid', 'Effect', 'Action', 'Resource', 'Condition'];

function compileStatement(owner: string, statement: unknown): Statement {
  const parts = recordOf(owner, 'a statement', statement);
  const unknownPart = Object.keys(parts).find((part) => !statementParts.includes(part));
  if (unknownPart !== undefined) throw unknownForm(owner, unknownPart);
  if (parts['Effect'] !== 'Allow') throw unknownForm(owner, `Effect ${JSON.stringify(parts['Effect'])}`);
  return {
    actions: globs(stringsOf(owner, 'Action', parts['Action'])),
    resources: withCache(globs(stringsOf(owner, 'Resource', parts['Resource']))),
    condition: compileCondition(owner, parts['Condition'] ?? {}),
  };
}

function compileCondition(owner: string, condition: unknown): Condition {
  const tests = Object.entries(recordOf(owner, 'a Condition', condition)).flatMap(([operator, keys]) => {
    const holds = operators[operator];
    if (holds === undefined) throw unknownForm(owner, `the condition operator ${operator}`);
    return Object.entries(recordOf(owner, operator, keys)).map(([key, values]): Condition => {
      const known = contextKeys.find((each) => each === key);
      if (known === undefined) throw unknownForm(owner, `the condition key ${key}`);
      const wanted = stringsOf(owner, key, values);
      return (request) => holds(wanted, request.context?.[known]);
    });
  });
  return (request) => tests.every((test) => test(request));
}

/** IAM's patterns: `*` matches any characters, `?` exactly one. */
function globs(patterns: readonly string[]): Matcher {
  return (value) => patterns.some((pattern) => globOf(pattern).test(value));
}

const globOf = withCache((pattern) => {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'su');
});

function stringsOf(owner: string, what: string, value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.map((each) => {
    if (typeof each === 'boolean') return String(each);
    if (typeof each !== 'string' || each.includes('${')) throw unknownForm(owner, `${what} ${JSON.stringify(each)}`);
    return each;
  });
}

function recordOf(owner: string, what: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unknownForm(owner, `${what} ${JSON.stringify(value)}`);
  return value as Readonly<Record<string, unknown>>;
}

const unknownForm = (owner: string, form: string) =>
  new LocalCloudError(
    `The policy of ${owner} has ${form}, which the local cloud cannot judge (infra/local/aws/policy.ts).`,
  );
