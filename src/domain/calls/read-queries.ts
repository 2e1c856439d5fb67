/**
 * The POSTs of Gainsight NXT's API that only read; a part in braces stands for any one segment. All others may write. A
 * bulk export (`POST /v3/exports/data/bulk/{object}`) also writes: it begins a job, and a tenant has ten an hour.
 */
export const READ_QUERIES: readonly string[] = [
  // Companies, custom objects, the timeline (`activity_timeline`), deleted records (`record_delete_log`).
  '/v1/data/objects/query/{object}',
  '/v1/users/services/list',
  '/v1/meta/services/objects/list',
  '/v1/meta/services/objects/describe',
  '/v1/ant/es/activity/deleted',
  '/v2/cockpit/cta/list',
  '/v2/cockpit/cta/deleted/list',
  '/v2/cockpit/task/list',
  '/v2/successPlan/list',
  '/v2/successPlan/deleted/list',
];
