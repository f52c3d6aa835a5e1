import * as z from 'zod';

/** The part of npm's report that is read here. Without an answer of the registry, npm prints an error instead. */
const Report = z.object({
  metadata: z.object({
    vulnerabilities: z.object({ high: z.number(), critical: z.number(), total: z.number() }),
  }),
});

export type AuditOutcome = {
  readonly line: string;
  /** There are vulnerabilities of severity high or critical. */
  readonly isVulnerable: boolean;
};

/** What `npm audit --json` has found. */
export function auditOutcome(printed: string): AuditOutcome {
  const report = Report.safeParse(parsed(printed));
  if (!report.success) return { line: 'skipped, as the registry answers no audits', isVulnerable: false };
  const { total, high, critical } = report.data.metadata.vulnerabilities;
  return { line: `${total} known, ${high} of them high and ${critical} critical`, isVulnerable: high + critical > 0 };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
