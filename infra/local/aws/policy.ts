import { identityTag } from '#schema/domain.ts';
import { withCache } from './cache.ts';
import { LocalCloudError } from '../templates/resource.ts';

/** One action of a call: IAM decides each by itself. */
export type Request = {
  /** For example `dynamodb:PutItem`. */
  readonly action: string;
  readonly resource: string;
  /** Values of the call's condition keys, such as the partition keys that it names. */
  readonly context?: Context;
};

/** Values by condition key; a key that the request does not have is absent. */
type Context = Readonly<Partial<Record<ContextKey, readonly string[]>>>;

/** Who asks: a role, by its ARN, or a service of AWS, such as `s3.amazonaws.com`. */
export type Caller = {
  readonly kind: 'AWS' | 'Service';
  readonly name: string;
  /** Values of condition keys that all its requests have. */
  readonly context?: Context;
};

type Effect = 'Allow' | 'Deny';

/** Statements that are attached to a role, or to a resource. */
export type Policy = {
  /** What the statements that apply to the request say; undefined if none does. `Deny` overrides `Allow`. */
  judge(request: Request, caller: Caller): Effect | undefined;
};

/** Why a request is denied: no statement allows it, or one denies it. */
export type Decision = 'allowed' | 'not-allowed' | 'denied';

/**
 * What IAM decides within one account: a Deny of any policy, else an Allow of any policy, else no (IAM User Guide,
 * "Policy evaluation logic").
 *
 * @param policies those of the caller's role, and of the resource
 */
export function decide(policies: readonly Policy[], request: Request, caller: Caller): Decision {
  const effects = policies.map((policy) => policy.judge(request, caller));
  if (effects.includes('Deny')) return 'denied';
  return effects.includes('Allow') ? 'allowed' : 'not-allowed';
}

type Condition = (request: Request, caller: Caller) => boolean;
type Matcher = (value: string) => boolean;
type Statement = {
  readonly effect: Effect;
  readonly actions: Matcher;
  readonly resources: Matcher;
  readonly principals: (caller: Caller) => boolean;
  readonly condition: Condition;
};

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
  // Both take wildcards in the six parts of an ARN.
  ArnEquals: (wanted, values = []) => values.some(arnGlobs(wanted)),
  ArnLike: (wanted, values = []) => values.some(arnGlobs(wanted)),
  Bool: (wanted, values = []) => values.some((value) => wanted.includes(value)),
  Null: (wanted, values) => wanted.includes(String(values === undefined)),
};

/** Keys of the request's context that the local endpoint evaluates. */
export const identityTagKey = `aws:ResourceTag/${identityTag}` as const;
const contextKeys = [
  'aws:SecureTransport',
  'aws:SourceAccount',
  'aws:SourceArn',
  'dynamodb:LeadingKeys',
  'ses:FromAddress',
  's3:if-none-match',
  's3:object-lock-mode',
  's3:ObjectCreationOperation',
  identityTagKey,
] as const;
type ContextKey = (typeof contextKeys)[number];

/** Attached to a role, or to a resource, whose statements name the callers. */
export type PolicyKind = 'identity' | 'resource';

/**
 * Reads the statements of one role or one resource. Only forms that our templates use are known, so that nothing is
 * allowed or denied by mistake.
 *
 * @param owner name of the role's function or of the resource, for error messages
 * @throws LocalCloudError naming a form that it does not know
 */
export function compilePolicy(owner: string, statements: readonly unknown[], kind: PolicyKind = 'identity'): Policy {
  const compiled = statements.map((statement) => compileStatement(owner, statement, kind));
  // A Deny comes first, so the first statement that applies decides.
  const ordered = ['Deny', 'Allow'].flatMap((effect) => compiled.filter((statement) => statement.effect === effect));
  // IAM does not distinguish upper and lower case in actions.
  const statementsFor = withCache((action) => ordered.filter(({ actions }) => actions(action.toLowerCase())));
  return {
    judge: (request, caller) =>
      statementsFor(request.action).find(
        ({ resources, principals, condition }) =>
          resources(request.resource) && principals(caller) && condition(request, caller),
      )?.effect,
  };
}

/** Allows everything: the policy of the operator's own credentials. */
export const allowAll: Policy = { judge: () => 'Allow' };

const statementParts = [
  ...['Sid', 'Effect', 'Principal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'],
];

function compileStatement(owner: string, statement: unknown, kind: PolicyKind): Statement {
  const parts = recordOf(owner, 'a statement', statement);
  const unknownPart = Object.keys(parts).find((part) => !statementParts.includes(part));
  if (unknownPart !== undefined) throw unknownForm(owner, unknownPart);
  const { Effect: effect, Principal: principal } = parts;
  if (effect !== 'Allow' && effect !== 'Deny') throw unknownForm(owner, `Effect ${JSON.stringify(effect)}`);
  if ((kind === 'resource') !== (principal !== undefined))
    throw unknownForm(owner, kind === 'resource' ? 'a statement without Principal' : 'Principal');
  return {
    effect,
    actions: matcherOf(owner, parts, 'Action', (pattern) => pattern.toLowerCase()),
    resources: withCache(matcherOf(owner, parts, 'Resource')),
    principals: principal === undefined ? () => true : compilePrincipal(owner, principal),
    condition: compileCondition(owner, parts['Condition'] ?? {}),
  };
}

/** What `Action` names, or all but what `NotAction` names; so for `Resource`. A statement has one of the two. */
function matcherOf(
  owner: string,
  parts: Readonly<Record<string, unknown>>,
  name: 'Action' | 'Resource',
  fold = (pattern: string): string => pattern,
): Matcher {
  const [named, excluded] = [parts[name], parts[`Not${name}`]];
  if ((named === undefined) === (excluded === undefined))
    throw unknownForm(owner, `a statement that needs ${name} or Not${name}`);
  const matches = globs(stringsOf(owner, name, named ?? excluded).map(fold));
  return named === undefined ? (value) => !matches(value) : matches;
}

/** Callers by name: all, roles by their ARN, services. */
function compilePrincipal(owner: string, principal: unknown): Statement['principals'] {
  if (principal === '*') return () => true;
  const kinds = Object.entries(recordOf(owner, 'the Principal', principal)).map(([kind, names]) => {
    const wanted = stringsOf(owner, 'Principal', names);
    // An account delegates to the policies of its roles, which no template of ours does.
    const isKnown = kind === 'Service' || (kind === 'AWS' && !wanted.some((each) => /^\d{12}$|:root$/.test(each)));
    if (!isKnown) throw unknownForm(owner, `the Principal ${JSON.stringify(principal)}`);
    return (caller: Caller) =>
      (kind === 'AWS' && wanted.includes('*')) || (caller.kind === kind && wanted.includes(caller.name));
  });
  return (caller) => kinds.some((includes) => includes(caller));
}

function compileCondition(owner: string, condition: unknown): Condition {
  const tests = Object.entries(recordOf(owner, 'a Condition', condition)).flatMap(([operator, keys]) => {
    const holds = operators[operator];
    if (holds === undefined) throw unknownForm(owner, `the condition operator ${operator}`);
    return Object.entries(recordOf(owner, operator, keys)).map(([key, values]): Condition => {
      // IAM does not distinguish upper and lower case in names of keys.
      const known = contextKeys.find((each) => each.toLowerCase() === key.toLowerCase());
      if (known === undefined) throw unknownForm(owner, `the condition key ${key}`);
      const wanted = stringsOf(owner, key, values);
      return (request, caller) => holds(wanted, request.context?.[known] ?? caller.context?.[known]);
    });
  });
  return (request, caller) => tests.every((test) => test(request, caller));
}

/** IAM's patterns: `*` matches any characters, `?` exactly one. */
function globs(patterns: readonly string[]): Matcher {
  return (value) => patterns.some((pattern) => globOf(pattern).test(value));
}

/** A part of an ARN matches a part: wildcards do not cross its first five colons. */
function arnGlobs(patterns: readonly string[]): Matcher {
  const wanted = patterns.map(arnParts);
  return (value) => {
    const parts = arnParts(value);
    return wanted.some(
      (pattern) => pattern.length === parts.length && pattern.every((part, at) => globOf(part).test(parts[at] ?? '')),
    );
  };
}

/** `arn`, partition, service, region, account and the rest. */
function arnParts(arn: string): readonly string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
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
