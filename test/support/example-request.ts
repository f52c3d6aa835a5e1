import type { Member, People } from '../system/people.ts';
import type { Api } from './api.ts';
import type { Cell, Column } from '../authorization/matrix.ts';

/** The organization in which an example is prepared. */
export type ExampleTenant = {
  /** `1001` */
  readonly organization: number;
  /** Part of every text that a preparation stores; answers to other tenants must not have it. */
  readonly mark: string;
  /** A word that is unique on the platform. */
  readonly unique: () => string;
  /** Calls the API as the operator in this organization. @returns the JSON of the answer @throws on an error status */
  readonly call: Call;
  /** The same as a member of this organization. */
  readonly callAs: (member: Member) => Promise<Call>;
  /** A new session of a member: its token, and calls with it. */
  readonly sessionOf: (member: Member) => Promise<{ readonly token: string; readonly call: Call }>;
  readonly people: People;
} & Pick<Api, 'store' | 'upload' | 'provider'>;

export type Call = (method: string, path: string, body?: unknown) => Promise<unknown>;

/** Values of the path's variables, the query and the body. */
export type ExampleRequest = {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The only caller for which the request succeeds, if not the operator. */
  readonly owner?: Member;
  /** The session of the owner that the request continues, if not any. */
  readonly token?: string;
};

export type Example = {
  /** Prepares the request; called for every use. */
  readonly prepare: (tenant: ExampleTenant) => Promise<ExampleRequest> | ExampleRequest;
  /** Cells of the authorization matrix that depend on the record, not on the contract alone. */
  readonly cells?: Readonly<Partial<Record<Column, Cell>>>;
};

/** A request that needs no preparation. */
export const plain = (asked: ExampleRequest = {}): Example => ({ prepare: () => asked });

/** The value at a path of an answer, as a text. */
export function textAt(body: unknown, ...path: readonly string[]): string {
  const value = path.reduce<unknown>((at, name) => (Object(at) as Record<string, unknown>)[name], body);
  if (typeof value !== 'string' && typeof value !== 'number')
    throw new Error(`no ${path.join('.')} in ${JSON.stringify(body)}`);
  return String(value);
}
