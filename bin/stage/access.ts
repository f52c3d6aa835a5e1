import { SQSClient } from '@aws-sdk/client-sqs';
import { StageError } from '#infra/deployment/stage-file.ts';
import type { AccountAccess } from '#infra/preflight/account.ts';

/**
 * The region and credentials that every AWS tool finds. `AWS_ENDPOINT_URL` replaces the endpoints of AWS.
 *
 * @param region of a stage, if it is known
 * @throws StageError without credentials or a region
 */
export async function accountAccess(region?: string): Promise<AccountAccess> {
  const { config } = new SQSClient(region === undefined ? {} : { region });
  const endpoint = process.env['AWS_ENDPOINT_URL'];
  try {
    const [found, credentials] = [await config.region(), await config.credentials()];
    return { region: found, credentials, ...(endpoint === undefined ? {} : { endpoint }) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StageError(
      `no access to AWS (${reason}): set AWS_PROFILE, or sign in with ` +
        '`aws configure`; `aws sts get-caller-identity` shows the account',
    );
  }
}
