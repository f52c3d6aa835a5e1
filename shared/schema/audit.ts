/** What happens to an item. */
export type ChangeVerb = 'created' | 'updated' | 'deleted';

/** How events and answers describe the changes of an item. */
export type Audit<Item, C extends string = string, U extends string = string, D extends string = string> = {
  /** Of the entity in its events, such as `tariff`. */
  readonly type: string;
  /** Types of its events. */
  readonly created: C;
  readonly updated: U;
  readonly deleted: D;
  /** The description of an event. */
  readonly describe: (item: Item, verb: ChangeVerb) => string;
  /** What events show of an item: not its secrets. */
  readonly logged: (item: Item) => object;
  /** The sentence of an answer; undefined: it has none. */
  readonly messageOf: (verb: ChangeVerb) => string | undefined;
};

/**
 * Descriptions by the name of an item: `Tariff Standard created`.
 * @param updated the word for an update, such as `replaced`
 */
export const describeByName =
  (noun: string, updated = 'updated') =>
  ({ name }: { readonly name: string }, verb: ChangeVerb): string =>
    `${noun} ${name} ${verb === 'updated' ? updated : verb}`;

type AuditSpec<Item> = {
  /** In answers: `Tariff created successfully`. */
  readonly noun: string;
  readonly describe: (item: Item, verb: ChangeVerb) => string;
  readonly logged?: (item: Item) => object;
};

/** The audit of an item whose events are `<type>.created`, `<type>.updated` and `<type>.deleted`. */
export const auditOf = <const T extends string, Item extends object>(
  type: T,
  { noun, describe, logged = (item) => item }: AuditSpec<Item>,
): Audit<Item, `${T}.created`, `${T}.updated`, `${T}.deleted`> => ({
  type,
  created: `${type}.created`,
  updated: `${type}.updated`,
  deleted: `${type}.deleted`,
  describe,
  logged,
  messageOf: (verb) => `${noun} ${verb} successfully`,
});
