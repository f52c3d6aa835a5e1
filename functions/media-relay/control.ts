import type * as z from 'zod';
import { controlKey, isControlToken } from '#sidecar/token.ts';
import type { Secrets } from '#secrets/secrets.ts';
import type { HttpAnswer, HttpHandler, LinesAnswer } from '../sip-sidecar/control/http.ts';
import {
  DigitRequest,
  digitPath,
  generationPath,
  GenerationRequest,
  soundPath,
  SoundRequest,
  type RelayGeneration,
} from '../sip-sidecar/media/relay-control.ts';
import type { DigitLog } from './digit-log.ts';
import { SoundFailure, type SoundCache } from './sound-cache.ts';

/** The dependencies of the control interface. */
export type ControlDependencies = {
  /** Name of this relay: the audience of its tokens. */
  readonly relay: string;
  readonly secrets: Secrets<'sidecar-control'>;
  readonly clock: () => Date;
  /** Undefined: it plays no sounds. */
  readonly sounds: Pick<SoundCache, 'get'> | undefined;
  readonly digits: Pick<DigitLog, 'follow' | 'isFull'>;
  /** Its own. */
  readonly generation: () => RelayGeneration;
};

const rejection = (status: number, reason: string): HttpAnswer => ({ status, body: { reason } });

const statuses = { missing: 404, damaged: 422, busy: 503 } as const;

function parseBody<Output>(schema: z.ZodType<Output>, body: string): Output | undefined {
  try {
    return schema.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
}

/** What the tasks of the sidecar ask a relay besides the NG protocol. */
export function controlHandler({
  relay,
  secrets,
  clock,
  sounds,
  digits,
  generation,
}: ControlDependencies): HttpHandler<HttpAnswer | LinesAnswer> {
  const key = controlKey(secrets, clock);

  const prepare = async (body: string): Promise<HttpAnswer> => {
    const sound = parseBody(SoundRequest, body);
    if (sound === undefined) return rejection(400, 'the body names no sound');
    if (sounds === undefined) return rejection(503, 'this relay has no folder of sounds');
    try {
      return { status: 200, body: await sounds.get(sound) };
    } catch (error) {
      if (error instanceof SoundFailure) return rejection(statuses[error.reason], error.message);
      throw error;
    }
  };

  const follow = (body: string): HttpAnswer | LinesAnswer => {
    const request = parseBody(DigitRequest, body);
    if (request === undefined) return rejection(400, 'the body does not name the digit after which to begin');
    return digits.isFull ? rejection(503, 'too many tasks follow the digits') : { lines: digits.follow(request) };
  };

  const answerGeneration = (body: string): HttpAnswer => {
    if (parseBody(GenerationRequest, body) === undefined) return rejection(400, 'the body names no generation');
    return { status: 200, body: generation() };
  };

  const endpoints: Readonly<Record<string, (body: string) => HttpAnswer | LinesAnswer | Promise<HttpAnswer>>> = {
    [soundPath]: prepare,
    [digitPath]: follow,
    [generationPath]: answerGeneration,
  };

  return async ({ method, path, authorization }, body) => {
    const endpoint = Object.hasOwn(endpoints, path) ? endpoints[path] : undefined;
    if (method !== 'POST' || endpoint === undefined) return rejection(404, 'no such endpoint');
    const [, token = ''] = /^Bearer (\S+)$/.exec(authorization) ?? [];
    if (!(await isControlToken(await key(), token, { task: relay, body, now: clock() })))
      return rejection(401, 'the token is not valid for this request');
    return endpoint(body);
  };
}
