import { Agent, type ClientRequestArgs } from 'node:http';
import type { Duplex } from 'node:stream';

type Opened = (error: Error | null, connection: Duplex) => void;

/** An HTTP agent over connections that have no address on this machine. They stay open for further requests. */
export class PrivateAgent extends Agent {
  readonly #connect: () => Promise<Duplex>;

  /** @param maxSockets further requests wait until one of these connections is free */
  constructor(connect: () => Promise<Duplex>, maxSockets: number) {
    super({ keepAlive: true, maxSockets, maxFreeSockets: maxSockets });
    this.#connect = connect;
  }

  override createConnection(_options: ClientRequestArgs, opened?: Opened): undefined {
    this.#connect().then(
      (connection) => opened?.(null, connection),
      // Node reads no connection beside an error, whatever the type says.
      (error: unknown) => (opened as ((error: unknown) => void) | undefined)?.(error),
    );
  }
}
