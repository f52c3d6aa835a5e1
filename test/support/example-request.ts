import type { Member, People } from '../system/people.ts';
import type { Cell, Column } from '../authorization/matrix.ts';

/** What an example is made in: an organization of its own, in which somebody with every right works. */
export type Place = {
  /** `1001` */
  readonly organization: number;
  /** Stands in every text that a preparation stores, so that it is known where it must not appear. */
  readonly mark: string;
  /** A word that nothing else on the platform has. */
  readonly unique: () => string;
  /**
   * Calls the API for the operator in this organization, and answers the JSON of the answer. @throws where it is
   * refused
   */
  readonly call: Call;
  /** The same for somebody of this organization. */
  readonly callAs: (member: Member) => Promise<Call>;
  readonly people: People;
};

export type Call = (method: string, path: string, body?: unknown) => Promise<unknown>;

/** Values of the path's variables, the query and the body. */
export type Asked = {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** For whom alone it succeeds, where that is not the operator. */
  readonly owner?: Member;
};

export type Example = {
  /** Makes what the request is about; called anew for every use. */
  readonly ask: (place: Place) => Promise<Asked> | Asked;
  /** Where the record decides and not only what the contract says. */
  readonly cells?: Readonly<Partial<Record<Column, Cell>>>;
};

/** A request that needs no preparation. */
export const plain = (asked: Asked = {}): Example => ({ ask: () => asked });

/** What stands at a path in an answer, as a text. */
export function textAt(body: unknown, ...path: readonly string[]): string {
  const value = path.reduce<unknown>((at, name) => (Object(at) as Record<string, unknown>)[name], body);
  if (typeof value !== 'string' && typeof value !== 'number')
    throw new Error(`no ${path.join('.')} in ${JSON.stringify(body)}`);
  return String(value);
}
