import gossipMessages, { type ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import featureMessages, { type SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type { Empty } from '@eventstore/db-client/generated/shared_pb.js';
import sharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import {
  type handleUnaryCall,
  type MethodDefinition,
  type ServerUnaryCall,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { ownService } from './own-service.js';
import { Refusal } from './refusals.js';

/** The release whose protocol is spoken; clients go by its number. */
export const spokenVersion = '24.10.0';

/** Answers which methods there are, so that clients keep from those that are missing. */
export const supportedMethods = (served: readonly ServiceDefinition[]): handleUnaryCall<Empty, SupportedMethods> => {
  const answer = new featureMessages.SupportedMethods().setEventStoreServerVersion(spokenVersion);
  for (const { path } of served.flatMap((service) => Object.values(service))) {
    const [, service = '', method = ''] = path.toLowerCase().split('/');
    const supported = answer.addMethods().setServiceName(service).setMethodName(method);
    if (path.endsWith('.Streams/Read')) supported.setFeaturesList(['position', 'events']);
  }
  answer.addMethods().setServiceName(ownService).setMethodName('serve');
  return (_call, callback) => callback(null, answer);
};

/** One member that leads, under the address by which the client came. */
export const gossip = (instanceId: string): handleUnaryCall<Empty, ClusterInfo> => {
  const { ClusterInfo, EndPoint, MemberInfo } = gossipMessages;
  return (call: ServerUnaryCall<Empty, ClusterInfo>, callback) => {
    const address = new URL(`http://${call.getHost()}`);
    const member = new MemberInfo()
      .setInstanceId(new sharedMessages.UUID().setString(instanceId))
      .setTimeStamp(`${Date.now()}0000`)
      .setState(MemberInfo.VNodeState.LEADER)
      .setIsAlive(true)
      .setHttpEndPoint(new EndPoint().setAddress(address.hostname).setPort(Number(address.port)));
    callback(null, new ClusterInfo().setMembersList([member]));
  };
};

/** Refuses each call of a service, by the name of what is missing. */
export const refused = (service: ServiceDefinition, what: string): UntypedServiceImplementation => {
  const refusal = new Refusal(status.UNIMPLEMENTED, `${what}: the event store of boxoffice has none`);
  const refuse = ({ requestStream, responseStream }: MethodDefinition<unknown, unknown>) =>
    responseStream
      ? (call: { emit(event: 'error', error: Refusal): void }): void => call.emit('error', refusal)
      : (call: { resume?(): void }, callback: (error: Refusal) => void): void => {
          if (requestStream) call.resume?.();
          callback(refusal);
        };
  return Object.fromEntries(Object.entries(service).map(([name, method]) => [name, refuse(method)]));
};
