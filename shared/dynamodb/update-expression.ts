import { marshall } from '@aws-sdk/util-dynamodb';
import type { Attributes } from './row.ts';

/** A condition in DynamoDB's expression language, with its placeholders. */
export type Condition = {
  readonly expression: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
};

/** A change of single attributes. */
export type Update = {
  /** Values to set. An undefined value leaves its attribute unchanged. */
  readonly set?: Readonly<Record<string, unknown>>;
  /** Integers to add. An absent attribute counts as 0. */
  readonly add?: Readonly<Record<string, number | bigint>>;
  /** Elements to append to lists. An absent attribute counts as an empty list. */
  readonly append?: Readonly<Record<string, readonly unknown[]>>;
  /** Attributes to remove. */
  readonly clear?: readonly string[];
  readonly onlyIf?: Condition;
};

/** The parts of a request that state a condition. */
export const conditionExpression = ({ expression, names, values }: Condition) => ({
  ConditionExpression: expression,
  ...(names === undefined ? {} : { ExpressionAttributeNames: { ...names } }),
  ...(values === undefined ? {} : { ExpressionAttributeValues: marshall(values) }),
});

type UpdateParts = {
  UpdateExpression: string;
  ConditionExpression?: string;
  ExpressionAttributeNames: Record<string, string>;
  ExpressionAttributeValues?: Attributes;
};

/** Names and values of an expression, each attribute and value under a placeholder (`#s0`, `:s0`). */
function placeholders(onlyIf: Condition | undefined) {
  const names: Record<string, string> = { ...onlyIf?.names };
  const values: Record<string, unknown> = { ...onlyIf?.values };
  return {
    names,
    values,
    name: (prefix: string, at: number, name: string): string => {
      names[`#${prefix}${at}`] = name;
      return `#${prefix}${at}`;
    },
    value: (prefix: string, at: number, value: unknown): string => {
      values[`:${prefix}${at}`] = value;
      return `:${prefix}${at}`;
    },
  };
}

/** The clauses of an update: SET, ADD and REMOVE with their operands. */
function clausesOf({ set = {}, add = {}, append = {}, clear = [] }: Update, { values, name, value }: Placeholders) {
  const sets = Object.entries(set)
    .filter(([, to]) => to !== undefined)
    .map(([attribute, to], at) => `${name('s', at, attribute)} = ${value('s', at, to)}`);
  const adds = Object.entries(add).map(([attribute, by], at) => `${name('a', at, attribute)} ${value('a', at, by)}`);
  const appends = Object.entries(append).map(([attribute, elements], at) => {
    const list = name('l', at, attribute);
    values[':empty'] = [];
    return `${list} = list_append(if_not_exists(${list}, :empty), ${value('l', at, elements)})`;
  });
  return [
    ['SET', [...sets, ...appends]],
    ['ADD', adds],
    ['REMOVE', clear.map((attribute, at) => name('c', at, attribute))],
  ] as const;
}

type Placeholders = ReturnType<typeof placeholders>;

/** The parts of a request that state an update and its condition. */
export function updateExpression(update: Update): UpdateParts {
  const used = placeholders(update.onlyIf);
  const clauses = clausesOf(update, used);
  return {
    UpdateExpression: clauses
      .filter(([, operands]) => operands.length > 0)
      .map(([word, operands]) => `${word} ${operands.join(', ')}`)
      .join(' '),
    ...(update.onlyIf === undefined ? {} : { ConditionExpression: update.onlyIf.expression }),
    ExpressionAttributeNames: used.names,
    ...(Object.keys(used.values).length === 0
      ? {}
      : { ExpressionAttributeValues: marshall(used.values, { removeUndefinedValues: true }) }),
  };
}
