/**
 * `npm run preflight -- [name=value …]`: asks the account of the caller's AWS credentials whether a deployment with
 * this context fits, by calls that change nothing, and exits with 1 if it would fail. Without credentials it prints
 * what is needed.
 */
import { SQSClient } from '@aws-sdk/client-sqs';
import { accountAt, type AccountAccess } from '#infra/preflight/account.ts';
import { findingsOf, needList } from '#infra/preflight/preflight.ts';
import { settingsFrom } from '#infra/settings.ts';
import { contextIn, withTemplates } from './templates-of.ts';

/** The region and credentials that every AWS tool finds. */
async function accessOf(): Promise<AccountAccess | undefined> {
  const { config } = new SQSClient({});
  const endpoint = process.env['AWS_ENDPOINT_URL'];
  try {
    const [region, credentials] = [await config.region(), await config.credentials()];
    return { region, credentials, ...(endpoint === undefined ? {} : { endpoint }) };
  } catch (error) {
    console.log(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

await withTemplates(contextIn(process.argv.slice(2)), async (templates, app) => {
  const settings = settingsFrom(app.node);
  const access = await accessOf();
  if (access === undefined) {
    console.log('Without credentials and a region (AWS_PROFILE, AWS_REGION), this is what the deployment needs:');
    for (const need of needList(templates, settings)) console.log(`  ${need}`);
    return;
  }
  const findings = await findingsOf(templates, settings, { account: accountAt(access), region: access.region });
  for (const { verdict, text } of findings) console.log(`${verdict.padEnd(8)} ${text}`);
  process.exitCode = findings.some(({ verdict }) => verdict === 'blocks') ? 1 : 0;
});
