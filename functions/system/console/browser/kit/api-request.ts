export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** A request whose route is known when the page runs only, as a person could send it. */
export type ApiRequest = {
  readonly method: string;
  /** With its variables filled in. */
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  /** The version that is changed: if there is a newer one, the API rejects the request (`VERSION_CONFLICT`). */
  readonly version?: number | undefined;
  /** Media type of a body that is a text. Default: the body is sent as JSON. */
  readonly type?: string;
};
