import type { Logger } from '../../lib/logger.js';
import type { RequestObserver } from './finished-request.js';

/** Writes a line for each request: at `info` where the request log is on, else at `debug`. None where nobody reads it. */
export function createRequestLog(logger: Logger, isOn: boolean): RequestObserver[] {
  if (!isOn && !logger.debugs) return [];
  return [
    ({ id, method, route, status, durationMs }) => {
      const fields = {
        requestId: id,
        method,
        route,
        ...(status === undefined ? {} : { status }),
        durationMs: Math.round(durationMs * 1000) / 1000,
      };
      if (isOn) logger.info('request', fields);
      else logger.debug('request', fields);
    },
  ];
}
