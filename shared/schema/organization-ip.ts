/** Networks from which the phones of an organization may, or may not, register and call. */

export const organizationIpTypes = ['whitelist', 'blacklist'] as const;

export type OrganizationIp = {
  readonly id: string;
  readonly org_id: number;
  /** The organization's parent, whose lists show the network. */
  readonly parent_id: number | null;
  /** First address of the network, in its canonical form. */
  readonly ip_address: string;
  /** Length of its prefix. */
  readonly cidr: number;
  readonly type: (typeof organizationIpTypes)[number];
  readonly description: string | null;
  /** ISO 8601. */
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};
