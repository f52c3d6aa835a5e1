import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import * as z from 'zod';

/**
 * Debian's Firefox, driven by WebDriver BiDi (W3C): Playwright drives only a Firefox of its own build. Of the protocol
 * there is what tests need.
 */

const Answer = z.looseObject({ id: z.int(), type: z.enum(['success', 'error']), result: z.unknown() });
const LogEntry = z.object({
  method: z.literal('log.entryAdded'),
  params: z.looseObject({ level: z.string(), text: z.string().nullable() }),
});
const Point = z.object({ x: z.int(), y: z.int() });
const Created = z.object({ context: z.string() });
const Evaluated = z.union([
  z.object({ type: z.literal('success'), result: z.looseObject({ value: z.unknown().optional() }) }),
  z.object({ type: z.literal('exception'), exceptionDetails: z.looseObject({ text: z.string() }) }),
]);

type Waiting = { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void };

/** A page of Firefox. */
export type FirefoxPage = {
  /** Errors and warnings of its scripts so far. */
  readonly complaints: readonly string[];
  open(address: string): Promise<void>;
  /** The value of an expression, as JSON has it. @throws Error of the script */
  evaluate(expression: string): Promise<unknown>;
  /**
   * Clicks the middle of an element that is in view.
   * @param element an expression of it
   * @throws Error if something else was there by then: it has noticed nothing
   */
  click(element: string): Promise<void>;
  /** Types into the element that has the focus. */
  type(text: string): Promise<void>;
};

/**
 * The middle of an element. Until `missed` is asked, pointers at other elements are kept from them: a page may move
 * what it shows between this and the click.
 */
const aim = `(element) => {
  let isMissed = false;
  const check = (event) => {
    const { target } = event;
    if (element.contains(target) || target.closest?.('label')?.contains(element)) return;
    // The element is hit, and gone by the end of the click.
    if (event.type !== 'pointerdown' && !isMissed) return;
    isMissed = true;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  const types = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click'];
  for (const type of types) addEventListener(type, check, true);
  window.missed = () => {
    for (const type of types) removeEventListener(type, check, true);
    delete window.missed;
    return isMissed;
  };
  const { x, y, width, height } = element.getBoundingClientRect();
  return { x: Math.round(x + width / 2), y: Math.round(y + height / 2) };
}`;

const listening = /WebDriver BiDi listening on (ws:\/\/\S+)/;

/** The address of the protocol, which Firefox prints. @throws Error if it ends before */
async function addressOf(child: ChildProcess): Promise<string> {
  let printed = '';
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      printed += String(chunk);
      const address = listening.exec(printed)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.once('exit', (code) => reject(new Error(`Firefox ended with ${String(code)}: ${printed}`)));
  });
}

export class Firefox implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #socket: WebSocket;
  readonly #profile: string;
  readonly #waiting = new Map<number, Waiting>();
  readonly #complaints: string[] = [];
  #sent = 0;

  private constructor(child: ChildProcess, socket: WebSocket, profile: string) {
    this.#child = child;
    this.#socket = socket;
    this.#profile = profile;
    socket.on('message', (message: Buffer) => this.#take(JSON.parse(message.toString())));
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('Firefox has closed the connection'));
    });
  }

  static async start(): Promise<Firefox> {
    const profile = mkdtempSync(join(tmpdir(), 'trunkline-firefox-'));
    const child = spawn('firefox-esr', ['--headless', '--profile', profile, '--remote-debugging-port', '0'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, HOME: profile },
      detached: true,
    });
    const socket = new WebSocket(`${await addressOf(child)}/session`);
    await once(socket, 'open');
    const firefox = new Firefox(child, socket, profile);
    await firefox.#send('session.new', { capabilities: { alwaysMatch: { acceptInsecureCerts: true } } });
    await firefox.#send('session.subscribe', { events: ['log.entryAdded'] });
    return firefox;
  }

  /** A new tab. @param width CSS pixels */
  async newPage(width: number): Promise<FirefoxPage> {
    const { context } = Created.parse(await this.#send('browsingContext.create', { type: 'tab' }));
    await this.#send('browsingContext.setViewport', { context, viewport: { width, height: 900 } });
    this.#complaints.length = 0;
    const evaluate = async (expression: string): Promise<unknown> => {
      const params = { expression: `(async () => JSON.stringify(await (${expression})))()`, awaitPromise: true };
      const evaluated = Evaluated.parse(await this.#send('script.evaluate', { ...params, target: { context } }));
      if (evaluated.type === 'exception') throw new Error(evaluated.exceptionDetails.text);
      const { value } = evaluated.result;
      return typeof value === 'string' ? (JSON.parse(value) as unknown) : undefined;
    };
    return {
      complaints: this.#complaints,
      open: async (url) => void (await this.#send('browsingContext.navigate', { context, url, wait: 'complete' })),
      evaluate,
      click: async (element) => {
        const middle = Point.parse(await evaluate(`(${aim})(${element})`));
        const moves = [
          { type: 'pointerMove', ...middle },
          { type: 'pointerDown', button: 0 },
          { type: 'pointerUp', button: 0 },
        ];
        const actions = [{ type: 'pointer', id: 'mouse', actions: moves }];
        await this.#send('input.performActions', { context, actions });
        if ((await evaluate('window.missed?.() ?? false')) === true) throw new Error(`The click missed ${element}`);
      },
      type: async (text) => {
        const keys = text.split('').flatMap((value) => ['keyDown', 'keyUp'].map((type) => ({ type, value })));
        const actions = [{ type: 'key', id: 'keyboard', actions: keys }];
        await this.#send('input.performActions', { context, actions });
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pid, exitCode } = this.#child;
    if (exitCode === null && pid !== undefined) {
      const exit = once(this.#child, 'exit');
      // With its processes of pages.
      process.kill(-pid, 'SIGKILL');
      await exit;
    }
    rmSync(this.#profile, { recursive: true, force: true });
  }

  #take(message: unknown): void {
    const entry = LogEntry.safeParse(message);
    if (entry.success && entry.data.params.level !== 'info') this.#complaints.push(entry.data.params.text ?? '');
    const answer = Answer.safeParse(message);
    if (!answer.success) return;
    const { id, type, result } = answer.data;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (type === 'success') waiting?.resolve(result);
    else waiting?.reject(new Error(JSON.stringify(message)));
  }

  #send(method: string, params: object): Promise<unknown> {
    this.#sent += 1;
    const id = this.#sent;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }
}
