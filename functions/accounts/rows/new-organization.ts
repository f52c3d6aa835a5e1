import { claim, create, type Write } from '#dynamodb/write.ts';
import {
  organizationAliasRow,
  organizationNameRow,
  organizationRow,
  type OrganizationItem,
} from '#dynamodb/rows/organization.ts';
import { accountsErrors } from '../schema/errors.ts';

/** Creates an organization with its markers. `name`: folded. */
export const createOrganizationWrites = (
  organization: OrganizationItem,
  name: string,
): Write<'organization' | 'organization-name' | 'organization-alias'>[] => {
  const owner = String(organization.org_id);
  return [
    create(organizationRow, organization),
    create(
      organizationNameRow,
      { parent: organization.parent_id ?? 0, name, owner },
      'NAME_TAKEN',
      `An organization named ${organization.name} exists`,
    ),
    ...(typeof organization.alias === 'string'
      ? [
          claim(
            create(
              organizationAliasRow,
              { alias: organization.alias, owner },
              accountsErrors.ALIAS_TAKEN,
              `The alias ${organization.alias} is taken, now or in the past`,
            ),
          ),
        ]
      : []),
  ];
};
