/** What functions report to CloudWatch about the version of their code that ran. Alarms of releases watch it. */
export const versionMetrics = {
  /** The name of a function has its stage. */
  namespace: 'trunkline',
  /** Requests that failed unexpectedly, and were answered with 5xx. */
  serverErrors: 'ServerErrors',
  dimensions: { functionName: 'FunctionName', version: 'FunctionVersion' },
} as const;
