// ServiceChange between annex A and the model. RFC 3525 §7.2.8.
import type { ServiceChangeParameters, ServiceChangeResult } from '../../message/index.js';
import { SignalingError } from '@altpath/core';
import { type Mapping, nonStandard, nonStandardRecord } from './context.js';
import { localFault } from './faults.js';
import { auditOf, auditRecord, wanted } from './map-audit.js';
import { addressOf, addressRecord, mIdOf, mIdRecord, profileOf, profileRecord, timeRecord, timeStampOf } from './map-identity.js';
import type { ServiceChangeResultValue, ServiceChangeValue } from './schema.js';
import { readString, writeString } from './wrapping.js';

/** ServiceChangeParm into the model. */
export function serviceChangeOf(record: ServiceChangeValue, mapping: Mapping): ServiceChangeParameters {
  const { serviceChangeAddress, serviceChangeMgcId, serviceChangeProfile, timeStamp, nonStandardData, serviceChangeInfo } = record;
  return {
    method: record.serviceChangeMethod,
    reason: record.serviceChangeReason.map(readString).join(' '),
    delay: record.serviceChangeDelay,
    address: serviceChangeAddress && addressOf(serviceChangeAddress),
    mgcId: serviceChangeMgcId && mIdOf(serviceChangeMgcId),
    profile: serviceChangeProfile && profileOf(serviceChangeProfile),
    version: record.serviceChangeVersion,
    timeStamp: timeStamp && timeStampOf(timeStamp),
    info: serviceChangeInfo && auditOf(serviceChangeInfo, mapping),
    incomplete: record.serviceChangeIncompleteFlag,
    nonStandard: nonStandardData && nonStandard(nonStandardData),
  };
}

/** ServiceChangeParm from the model. @throws SignalingError for extensions, which only text has. */
export function serviceChangeRecord(parameters: ServiceChangeParameters, mapping: Mapping): ServiceChangeValue {
  const { address, mgcId, profile, timeStamp, info, nonStandard: data, extensions } = parameters;
  if (extensions !== undefined && extensions.length > 0)
    throw new SignalingError(localFault('name', `the service change parameter ${extensions[0]?.name} has no place in binary`));
  return {
    // An extension of text (`X-...`) has no number; the type's writer says so.
    serviceChangeMethod: parameters.method as ServiceChangeValue['serviceChangeMethod'],
    serviceChangeAddress: address && addressRecord(address),
    serviceChangeVersion: parameters.version,
    serviceChangeProfile: profile && profileRecord(profile),
    serviceChangeReason: [writeString(parameters.reason)],
    serviceChangeDelay: parameters.delay,
    serviceChangeMgcId: mgcId && mIdRecord(mgcId),
    timeStamp: timeStamp === undefined ? undefined : timeRecord(timeStamp),
    nonStandardData: data && nonStandardRecord(data),
    serviceChangeInfo: info && auditRecord(info, mapping),
    serviceChangeIncompleteFlag: wanted(parameters.incomplete),
  };
}

/** ServiceChangeResParm into the model. */
export function serviceChangeResultOf(record: ServiceChangeResultValue): ServiceChangeResult {
  const { serviceChangeAddress, serviceChangeMgcId, serviceChangeProfile, timeStamp } = record;
  return {
    address: serviceChangeAddress && addressOf(serviceChangeAddress),
    mgcId: serviceChangeMgcId && mIdOf(serviceChangeMgcId),
    profile: serviceChangeProfile && profileOf(serviceChangeProfile),
    version: record.serviceChangeVersion,
    timeStamp: timeStamp && timeStampOf(timeStamp),
  };
}

/** ServiceChangeResParm from the model. */
export function serviceChangeResultRecord({ address, mgcId, profile, version, timeStamp }: ServiceChangeResult): ServiceChangeResultValue {
  return {
    serviceChangeMgcId: mgcId && mIdRecord(mgcId),
    serviceChangeAddress: address && addressRecord(address),
    serviceChangeVersion: version,
    serviceChangeProfile: profile && profileRecord(profile),
    timeStamp: timeStamp === undefined ? undefined : timeRecord(timeStamp),
  };
}
