%% A media gateway controller that completes calls between the lines of a gateway, on top of OTP's own `megaco' application.
%% It is steered by lines on stdin and says what it does as JSON on stdout (README.md). It keeps nothing for a successor.
-module(mgc).
-include("megaco_hdr.hrl").
-export([main/0]).
-export([handle_connect/2, handle_connect/3, handle_disconnect/3,
         handle_syntax_error/3, handle_syntax_error/4,
         handle_message_error/3, handle_message_error/4,
         handle_trans_request/3, handle_trans_request/4,
         handle_trans_long_request/3, handle_trans_long_request/4,
         handle_trans_reply/4, handle_trans_reply/5,
         handle_trans_ack/4, handle_trans_ack/5,
         handle_unexpected_trans/3, handle_unexpected_trans/4,
         handle_trans_request_abort/4, handle_trans_request_abort/5]).
-import(megaco_peer, [log/1, tname/1, mid_str/1]).

-record(s, {opt, mid, rh, enc, transport, redirect = none, rid = 100,
            mgs = #{},                 % mid string => conn handle
            legs = #{}}).              % {mid, "line/1"} => #{st, ctx, rtp, sdp, peer}

main() ->
    Opt = megaco_peer:args(init:get_plain_arguments(),
            #{listen => "127.0.0.1", enc => "compact", transport => "udp", mid => "",
              lines => "4", auto => "true", t1 => "500", retries => "4", digitmap => "(100x|9x.)"}),
    logger:set_primary_config(level, none),
    ok = megaco:start(),
    Enc = megaco_peer:enc_mod(maps:get(enc, Opt)),
    {IP, P0} = megaco_peer:hostport(maps:get(listen, Opt)),
    Port = case {P0, Enc} of {undefined, megaco_ber_encoder} -> 2945; {undefined, _} -> 2944; _ -> P0 end,
    MidS = case maps:get(mid, Opt) of "" -> "[" ++ inet:ntoa(IP) ++ "]:" ++ integer_to_list(Port); M -> M end,
    Mid = megaco_peer:mid(MidS, Enc),
    Tr = list_to_atom(maps:get(transport, Opt)),
    Int = fun(K) -> list_to_integer(maps:get(K, Opt)) end,
    ok = megaco:start_user(Mid, [
            {user_mod, ?MODULE}, {send_mod, megaco_peer},
            {encoding_mod, Enc}, {encoding_config, []},
            {protocol_version, ?VERSION}, {auto_ack, Tr =:= udp},
            {request_timer, #megaco_incr_timer{wait_for = Int(t1), factor = 2, incr = 0, max_retries = Int(retries)}},
            {reply_timer, 30000}]),
    register(mgc, self()),
    megaco_peer:warm(Enc, Mid),
    RH = megaco:user_info(Mid, receive_handle),
    case Tr of
        udp -> {ok, _, _} = megaco_peer:udp_open({IP, Port}, RH, self());
        tcp -> megaco_peer:tcp_listen({IP, Port}, RH, self())
    end,
    log(#{event => "listening", addr => inet:ntoa(IP) ++ ":" ++ integer_to_list(Port), mid => MidS,
          transport => Tr, enc => maps:get(enc, Opt), version => ?VERSION}),
    Self = self(),
    spawn(fun() -> megaco_peer:stdin_loop(Self) end),
    loop(#s{opt = Opt, mid = Mid, rh = RH, enc = Enc, transport = Tr}).

loop(S) ->
    receive
        {cmd, T} -> loop(cmd(T, S));
        {req, From, Ref, CH, Actions, SH} ->
            {Reply, S1} = request(CH, Actions, SH, S),
            From ! {Ref, Reply}, loop(S1);
        {reply, Data, Res} -> loop(reply(Data, Res, S));
        {version, CH, V} -> catch megaco:update_conn_info(CH, protocol_version, V), loop(S);
        {down, MidS} -> loop(S#s{mgs = maps:remove(MidS, S#s.mgs)});
        _ -> loop(S)
    end.

%%================================================================ stdin
cmd(["handoff", NewMid], S) ->
    [cast(CH, 0, [sc("ROOT", handOff, "903 MGC Directed Change", megaco_peer:mid(NewMid, S#s.enc), S)], none, S) || CH <- maps:values(S#s.mgs)], S;
cmd(["redirect", "off"], S) -> S#s{redirect = none};
cmd(["redirect", M], S) -> S#s{redirect = megaco_peer:mid(M, S#s.enc)};
cmd(["mute"], S) -> megaco_peer:mute(true), S;
cmd(["unmute"], S) -> megaco_peer:mute(false), S;
cmd(["audit", T], S) ->
    [cast(CH, 0, [{auditValueRequest, #'AuditRequest'{terminationID = megaco_peer:tid(T, S#s.enc),
        auditDescriptor = #'AuditDescriptor'{auditToken = [mediaToken, packagesToken]}}}], none, S) || CH <- maps:values(S#s.mgs)], S;
cmd(["ito", Ms], S) ->   % arm the inactivity timer package on ROOT (mit in units of 10 ms)
    Mit = integer_to_list(list_to_integer(Ms) div 10),
    [cast(CH, 0, [mod("ROOT", [events([ev("it/ito", [{"mit", Mit}])], S)], S)], none, S) || CH <- maps:values(S#s.mgs)], S;
cmd(["subtract", C], S) ->
    [cast(CH, list_to_integer(C), [sub("*", S)], none, S) || CH <- maps:values(S#s.mgs)], S;
cmd(["sc", Method, T], S) ->
    [cast(CH, 0, [sc(T, list_to_existing_atom(Method), "905 test", asn1_NOVALUE, S)], none, S) || CH <- maps:values(S#s.mgs)], S;
cmd(["state"], S) ->
    log(#{event => "state", mgs => {list, maps:keys(S#s.mgs)},
          legs => {list, [io_lib:format("~s ~s ~0p", [M, T, maps:without([sdp], L)]) || {{M, T}, L} <- maps:to_list(S#s.legs)]}}), S;
cmd(["quit"], _) -> log(#{event => "quit"}), timer:sleep(50), halt(0);
cmd(C, S) -> log(#{event => "bad-command", cmd => string:join(C, " ")}), S.

%%================================================================ builders
cast(CH, Ctx, Cmds, Data, _S) ->
    AR = #'ActionRequest'{contextId = Ctx, commandRequests = [case C of #'CommandRequest'{} -> C; _ -> #'CommandRequest'{command = C} end || C <- Cmds]},
    case megaco:cast(CH, [AR], [{reply_data, {CH, Data}}]) of ok -> ok;
        {error, R} -> log(#{event => "cast-error", reason => io_lib:format("~0p", [R])}) end.
sc(T, Method, Reason, Mid, S) ->
    {serviceChangeReq, #'ServiceChangeRequest'{terminationID = [megaco_peer:tid(T, S#s.enc)],
        serviceChangeParms = #'ServiceChangeParm'{serviceChangeMethod = Method, serviceChangeReason = [megaco_peer:wrap(reason, Reason)], serviceChangeMgcId = Mid}}}.
mod(T, Ds, S) -> {modReq, #'AmmRequest'{terminationID = [megaco_peer:tid(T, S#s.enc)], descriptors = Ds}}.
add(T, Ds, S) -> {addReq, #'AmmRequest'{terminationID = [megaco_peer:tid(T, S#s.enc)], descriptors = Ds}}.
sub(T, S) -> {subtractReq, #'SubtractRequest'{terminationID = [megaco_peer:tid(T, S#s.enc)]}}.
ev(N) -> ev(N, []).
ev(N, Ps) -> #'RequestedEvent'{pkgdName = N, evParList = [#'EventParameter'{eventParameterName = K, value = [megaco_peer:wrap(K, V)]} || {K, V} <- Ps]}.
dmev(Body) -> #'RequestedEvent'{pkgdName = "dd/ce", eventAction = #'RequestedActions'{
    eventDM = {digitMapValue, #'DigitMapValue'{startTimer = 16, shortTimer = 3, longTimer = 8, digitMapBody = Body}}}}.
events(L, _) -> {eventsDescriptor, #'EventsDescriptor'{requestID = rid(), eventList = L}}.
rid() -> (erlang:unique_integer([positive]) rem 100000) + 1.
signals(L) -> {signalsDescriptor, [{signal, #'Signal'{signalName = N}} || N <- L]}.
media(Mode, Local, Remote) ->
    LR = fun(none) -> asn1_NOVALUE; (Ls) -> #'LocalRemoteDescriptor'{propGrps = [megaco_peer:sdp_props(Ls)]} end,
    {mediaDescriptor, #'MediaDescriptor'{streams = {multiStream, [#'StreamDescriptor'{streamID = 1,
        streamParms = #'StreamParms'{localControlDescriptor = case Mode of none -> asn1_NOVALUE; _ -> #'LocalControlDescriptor'{streamMode = Mode} end,
            localDescriptor = LR(Local), remoteDescriptor = LR(Remote)}}]}}}.
choose_sdp() -> ["v=0", "c=IN IP4 $", "m=audio $ RTP/AVP 0"].

%%================================================================ requests from MGs
request(CH, Actions, SH, S) -> request(Actions, CH, SH, [], S).
request([], _, _, Acc, S) -> {lists:reverse(Acc), S};
request([#'ActionRequest'{contextId = C, commandRequests = CRs} | T], CH, SH, Acc, S) ->
    {Rs, S1} = lists:mapfoldl(fun(#'CommandRequest'{command = Cmd}, Sx) -> command(Cmd, C, CH, SH, Sx) end, S, CRs),
    request(T, CH, SH, [#'ActionReply'{contextId = C, commandReply = Rs} | Acc], S1).

command({serviceChangeReq, #'ServiceChangeRequest'{terminationID = [Tid], serviceChangeParms = P0}}, _C, CH, SH, S) ->
    P = parms(P0),
    M = mid_str(CH#megaco_conn_handle.remote_mid), T = tname(Tid),
    log(#{event => "service-change", mg => M, term => T, method => P#'ServiceChangeParm'.serviceChangeMethod,
          reason => case P#'ServiceChangeParm'.serviceChangeReason of [R | _] when is_list(R) -> megaco_peer:unwrap(reason, R); X -> io_lib:format("~0p", [X]) end}),
    %% answer goes to the source; later requests must follow the MG's newest address
    case SH of none -> ok; _ -> catch megaco:update_conn_info(CH, send_handle, SH) end,
    case {T, S#s.redirect, P#'ServiceChangeParm'.serviceChangeMethod} of
        {"ROOT", Mid, Me} when Mid =/= none, Me =/= forced, Me =/= graceful ->
            {{serviceChangeReply, #'ServiceChangeReply'{terminationID = [Tid], serviceChangeResult =
                {serviceChangeResParms, #'ServiceChangeResParm'{serviceChangeMgcId = Mid}}}}, S};
        {"ROOT", _, Me} when Me =/= forced, Me =/= graceful ->
            Ver = case P#'ServiceChangeParm'.serviceChangeVersion of asn1_NOVALUE -> asn1_NOVALUE; V -> min(V, ?VERSION) end,
            %% 11.3: what follows the reply is written in the version that it names.
            erlang:send_after(20, self(), {version, CH, case Ver of asn1_NOVALUE -> 1; _ -> Ver end}),
            S1 = S#s{mgs = (S#s.mgs)#{M => CH}, legs = maps:filter(fun({Mx, _}, L) -> Mx =/= M orelse (Me =/= restart andalso maps:get(ctx, L) =/= 0) end, S#s.legs)},
            case maps:get(auto, S#s.opt) of
                "true" when Me =:= restart; Me =:= failover; Me =:= disconnected; Me =:= handOff ->
                    N = list_to_integer(maps:get(lines, S#s.opt)), Self = self(),
                    erlang:send_after(30, Self, {reply, {CH, {arm, N}}, {ok, []}});
                _ -> ok
            end,
            {{serviceChangeReply, #'ServiceChangeReply'{terminationID = [Tid], serviceChangeResult =
                {serviceChangeResParms, #'ServiceChangeResParm'{serviceChangeVersion = Ver, timeStamp = megaco_peer:timestamp()}}}}, S1};
        {"ROOT", _, _} -> {{serviceChangeReply, #'ServiceChangeReply'{terminationID = [Tid],
                serviceChangeResult = {serviceChangeResParms, #'ServiceChangeResParm'{}}}}, S#s{mgs = maps:remove(M, S#s.mgs)}};
        _ -> {{serviceChangeReply, #'ServiceChangeReply'{terminationID = [Tid],
                serviceChangeResult = {serviceChangeResParms, #'ServiceChangeResParm'{}}}}, S}
    end;
command({notifyReq, #'NotifyRequest'{terminationID = [Tid], observedEventsDescriptor = OED}}, _C, CH, _SH, S) ->
    T = tname(Tid), M = mid_str(CH#megaco_conn_handle.remote_mid),
    S1 = lists:foldl(fun(#'ObservedEvent'{eventName = E, eventParList = Ps}, Sx) ->
            log(#{event => "notify", mg => M, term => T, ev => E,
                  params => {list, [K ++ "=" ++ megaco_peer:unwrap(K, hd(V)) || #'EventParameter'{eventParameterName = K, value = V} <- Ps, is_list(hd(V))]}}),
            event(E, Ps, T, M, CH, Sx) end, S, OED#'ObservedEventsDescriptor'.observedEventLst),
    {{notifyReply, #'NotifyReply'{terminationID = [Tid]}}, S1};
command(_, C, _, _, S) ->
    {{notifyReply, #'NotifyReply'{terminationID = [?megaco_root_termination_id],
        errorDescriptor = #'ErrorDescriptor'{errorCode = 443, errorText = "Unsupported or unknown Command ctx " ++ integer_to_list(C)}}}, S}.

%% A registration is written in version 1 (11.3), whose records lack the fields of later ones.
parms(P) ->
    Missing = record_info(size, 'ServiceChangeParm') - tuple_size(P),
    list_to_tuple(tuple_to_list(P) ++ lists:duplicate(max(0, Missing), asn1_NOVALUE)).

%%================================================================ call logic (one call per line)
leg(M, T, S) -> maps:get({M, T}, S#s.legs, #{st => idle, ctx => 0}).
set(M, T, L, S) -> S#s{legs = (S#s.legs)#{{M, T} => L}}.

event("al/of", _, T, M, CH, S) ->
    case leg(M, T, S) of
        #{st := ringing, ctx := C, peer := P} = L ->
            #{ctx := CP, rtp := RP} = LP = leg(M, P, S),
            cast(CH, C, [mod(T, [signals([]), media(sendRecv, none, none), events([ev("al/on")], S)], S)], none, S),
            cast(CH, CP, [mod(P, [signals([]), media(sendRecv, none, none)], S), mod(RP, [media(sendRecv, none, none)], S)], none, S),
            log(#{event => "call-connected", mg => M, from => P, to => T}),
            set(M, P, LP#{st => talking}, set(M, T, L#{st => talking}, S));
        #{st := idle} ->
            DM = maps:get(digitmap, S#s.opt),
            cast(CH, 0, [mod(T, [signals(["cg/dt"]), events([ev("al/on"), dmev(DM)], S)], S)], none, S),
            set(M, T, #{st => dialing, ctx => 0}, S);
        _ -> S
    end;
event("dd/ce", Ps, T, M, CH, S) ->
    Ds = [D || #'EventParameter'{eventParameterName = N, value = [V | _]} <- Ps, N =:= "ds", D <- megaco_peer:unwrap(N, V), D =/= $"],
    case Ds of
        "100" ++ [N] when N >= $1, N =< $9 ->
            To = "line/" ++ [N],
            case leg(M, To, S) of
                #{st := idle} when To =/= T ->
                    cast(CH, ?megaco_choose_context_id,
                        [add(T, [media(recvOnly, none, none)], S), add("$", [media(recvOnly, choose_sdp(), none)], S)], {orig, T, To}, S),
                    set(M, T, #{st => calling, ctx => 0, peer => To}, S);
                _ -> busy(T, M, CH, S)
            end;
        _ -> busy(T, M, CH, S)
    end;
event("al/on", _, T, M, CH, S) ->
    L = leg(M, T, S),
    S1 = clear(T, L, M, CH, S),
    case L of
        #{peer := P} ->
            LP = leg(M, P, S1),
            case LP of
                #{st := ringing} -> clear(P, LP, M, CH, S1);
                #{st := idle} -> S1;
                #{ctx := CP} ->
                    cast(CH, CP, [sub("*", S1)], {release, P, "cg/bt"}, S1),
                    set(M, P, #{st => busy, ctx => 0}, S1)
            end;
        _ -> S1
    end;
event(_, _, _, _, _, S) -> S.

busy(T, M, CH, S) ->
    cast(CH, 0, [mod(T, [signals(["cg/bt"]), events([ev("al/on")], S)], S)], none, S),
    set(M, T, #{st => busy, ctx => 0}, S).
clear(T, #{ctx := 0}, M, CH, S) -> arm(T, CH, S), set(M, T, #{st => idle, ctx => 0}, S);
clear(T, #{ctx := C}, M, CH, S) ->
    cast(CH, C, [sub("*", S)], {rearm, T}, S), set(M, T, #{st => idle, ctx => 0}, S).
arm(T, CH, S) ->
    cast(CH, 0, [mod(T, [signals([]), events([ev("al/of", [{"strict", "state"}])], S)], S)], none, S).

reply({CH, {arm, N}}, _, S) -> [arm("line/" ++ integer_to_list(I), CH, S) || I <- lists:seq(1, N)], S;
reply({CH, {orig, T, To}}, {ok, [#'ActionReply'{errorDescriptor = asn1_NOVALUE, contextId = C, commandReply = Rs}]}, S) ->
    M = mid_str(CH#megaco_conn_handle.remote_mid),
    {Rtp, Sdp} = eph(Rs),
    cast(CH, ?megaco_choose_context_id,
        [add(To, [media(recvOnly, none, none), signals(["al/ri"]), events([ev("al/of", [{"strict", "exact"}])], S)], S),
         add("$", [media(sendRecv, choose_sdp(), Sdp)], S)], {term, T, To}, S),
    set(M, T, (leg(M, T, S))#{ctx => C, rtp => Rtp, sdp => Sdp, peer => To},
        set(M, To, #{st => ringing, ctx => 0, peer => T}, S));
reply({CH, {term, T, To}}, {ok, [#'ActionReply'{errorDescriptor = asn1_NOVALUE, contextId = C, commandReply = Rs}]}, S) ->
    M = mid_str(CH#megaco_conn_handle.remote_mid),
    {Rtp, Sdp} = eph(Rs),
    #{ctx := CO, rtp := RO} = LO = leg(M, T, S),
    cast(CH, CO, [mod(RO, [media(none, none, Sdp)], S), mod(T, [signals(["cg/rt"]), events([ev("al/on")], S)], S)], none, S),
    set(M, T, LO#{st => alerting}, set(M, To, (leg(M, To, S))#{ctx => C, rtp => Rtp, sdp => Sdp}, S));
reply({CH, {rearm, T}}, _, S) -> arm(T, CH, S), S;
reply({CH, {release, T, Sig}}, _, S) ->
    cast(CH, 0, [mod(T, [signals([Sig]), events([ev("al/on")], S)], S)], none, S), S;
reply({CH, Data}, {error, R}, S) ->
    log(#{event => "request-failed", mg => mid_str(CH#megaco_conn_handle.remote_mid), data => io_lib:format("~0p", [Data]), reason => io_lib:format("~0p", [R])}), S;
reply({CH, Data}, {ok, Rs}, S) when is_list(Rs) ->
    [log(#{event => "mg-error", mg => mid_str(CH#megaco_conn_handle.remote_mid), code => C, data => io_lib:format("~0p", [Data])})
     || #'ActionReply'{errorDescriptor = #'ErrorDescriptor'{errorCode = C}} <- Rs], S;
reply(_, _, S) -> S.

eph(Rs) ->
    hd([{tname(Tid), megaco_peer:sdp_lines(L)} ||
        {addReply, #'AmmsReply'{terminationID = [Tid], terminationAudit = Au}} <- Rs, is_list(Au),
        {mediaDescriptor, #'MediaDescriptor'{streams = Str}} <- Au,
        #'StreamParms'{localDescriptor = L} <- case Str of {oneStream, P} -> [P]; {multiStream, X} -> [Y#'StreamDescriptor'.streamParms || Y <- X]; _ -> [] end]).

%%================================================================ megaco_user callbacks
handle_connect(CH, _) -> log(#{event => "mg-connected", mg => mid_str(CH#megaco_conn_handle.remote_mid)}), ok.
handle_connect(CH, V, _) -> handle_connect(CH, V).
handle_disconnect(CH, _, R) ->
    M = mid_str(CH#megaco_conn_handle.remote_mid),
    log(#{event => "mg-disconnected", mg => M, reason => io_lib:format("~0p", [R])}),
    mgc ! {down, M}, catch megaco:cancel(CH, R), ok.
handle_syntax_error(_, _, ED) -> log(#{event => "syntax-error", error => io_lib:format("~0p", [ED])}), reply.
handle_syntax_error(A, B, C, _) -> handle_syntax_error(A, B, C).
handle_message_error(_, _, ED) -> log(#{event => "message-error", error => io_lib:format("~0p", [ED])}), no_reply.
handle_message_error(A, B, C, _) -> handle_message_error(A, B, C).
handle_trans_request(CH, V, A) -> handle_trans_request(CH, V, A, none).
handle_trans_request(CH, _, Actions, SH) ->
    Ref = make_ref(), mgc ! {req, self(), Ref, CH, Actions, SH},
    receive {Ref, Reply} -> {discard_ack, Reply}
    after 5000 -> {discard_ack, #'ErrorDescriptor'{errorCode = 500, errorText = "Internal software failure in the MGC"}} end.
handle_trans_long_request(_, _, _) -> {discard_ack, #'ErrorDescriptor'{errorCode = 501, errorText = "Not Implemented"}}.
handle_trans_long_request(A, B, C, _) -> handle_trans_long_request(A, B, C).
handle_trans_reply(_, _, Res, Data) -> mgc ! {reply, Data, Res}, ok.
handle_trans_reply(CH, V, Res, Data, _) -> handle_trans_reply(CH, V, Res, Data).
handle_trans_ack(_, _, _, _) -> ok.
handle_trans_ack(_, _, _, _, _) -> ok.
handle_unexpected_trans(_, _, T) -> log(#{event => "unexpected-trans", trans => io_lib:format("~0p", [T])}), ok.
handle_unexpected_trans(A, B, C, _) -> handle_unexpected_trans(A, B, C).
handle_trans_request_abort(_, _, _, _) -> ok.
handle_trans_request_abort(_, _, _, _, _) -> ok.
