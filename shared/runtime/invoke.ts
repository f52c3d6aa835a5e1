import { fromEnv } from '@aws-sdk/credential-provider-env';
import { SignatureV4 } from '@smithy/signature-v4';
import type * as z from 'zod';
import { functionVariable, type AnsweringName } from '../contract/effects.ts';
import type { Answering } from '../contract/resource.ts';
import { AppError } from '../errors.ts';
import { second } from '../schema/time.ts';
import { Sha256 } from '../aws/sha256.ts';

/**
 * Asks a function that answers.
 * @throws AppError UNAVAILABLE if it gives no answer, also not when it is asked again
 */
export type Invoke<N extends AnsweringName = AnsweringName> = <A extends Answering & { readonly name: N }>(
  of: A,
  question: z.input<A['question']>,
) => Promise<z.output<A['answer']>>;

/** How often a question is asked, if its contract says nothing else. */
const usualAttempts = 3;

type CredentialProvider = ConstructorParameters<typeof SignatureV4>[0]['credentials'];

/** The body of a function's answer. @throws Error without one */
type Ask = (of: Pick<Answering, 'name' | 'timeout'>, question: string) => Promise<unknown>;

/**
 * Invokes functions by the names in the environment, with the role of the function that asks. The SDK's client of
 * Lambda would add 60 KB to each bundle for this one operation.
 * @param credentials of the role; by default those that Lambda gives
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export function invokeFromEnvironment(
  environment: NodeJS.ProcessEnv = process.env,
  credentials: CredentialProvider = fromEnv(),
): Invoke {
  const { AWS_REGION: region = '', AWS_ENDPOINT_URL: endpoint = `https://lambda.${region}.amazonaws.com` } =
    environment;
  const signer = new SignatureV4({ service: 'lambda', region, credentials, sha256: Sha256 });
  return invokeThrough(async ({ name, timeout }, body) => {
    const path = `/2015-03-31/functions/${environment[functionVariable(name)]}/invocations`;
    const { protocol, hostname, host } = new URL(endpoint);
    const { headers } = await signer.sign({ method: 'POST', protocol, hostname, path, headers: { host }, body });
    const response = await fetch(endpoint + path, {
      method: 'POST',
      headers,
      body,
      signal: AbortSignal.timeout(timeout * second),
    });
    const payload = await response.text();
    if (!response.ok || response.headers.has('x-amz-function-error'))
      throw new Error(`${name} answered ${response.status}: ${payload}`);
    return JSON.parse(payload) as unknown;
  });
}

/** @param ask once */
export function invokeThrough(ask: Ask): Invoke {
  return async (of, question) => {
    const body = JSON.stringify(question);
    let cause: unknown;
    for (let attempt = 1; attempt <= (of.attempts ?? usualAttempts); attempt += 1)
      try {
        return of.answer.parse(await ask(of, body)) as z.output<(typeof of)['answer']>;
      } catch (error) {
        cause = error;
      }
    throw new AppError('UNAVAILABLE', 'A part of the platform does not answer; try again', { retryAfter: 1, cause });
  };
}
