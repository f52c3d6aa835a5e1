import { versionMetrics } from '../contract/version-metrics.ts';
import { embeddedMetrics } from '../runtime/embedded-metrics.ts';

/**
 * Fields of the log line of a request that failed unexpectedly: a metric of the function's version. Only faults have
 * one, as CloudWatch charges a metric for the hours in which it has values. Code that is called without an alias has no
 * version to compare.
 *
 * @param at Unix milliseconds
 */
export function faultMetric(
  { AWS_LAMBDA_FUNCTION_NAME: name = '', AWS_LAMBDA_FUNCTION_VERSION: version = '$LATEST' }: NodeJS.ProcessEnv,
  at: number,
): object {
  if (version === '$LATEST') return {};
  const { namespace, serverErrors, dimensions } = versionMetrics;
  return embeddedMetrics(
    {
      namespace,
      units: { [serverErrors]: 'Count' },
      dimensions: { [dimensions.functionName]: name, [dimensions.version]: version },
    },
    { [serverErrors]: 1 },
    at,
  );
}
