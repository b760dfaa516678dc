#!/usr/bin/env escript
%%! +S 1:1 +A 1 +sbwt none +sbwtdcpu none +sbwtdio none
%% Erlang/OTP's megaco codec as the yardstick of ours: decodes messages and encodes them again, as often as it is told.
%% stdin:  `load FILE` (each message behind its length in 4 octets, big endian), `refused CODEC`, `CODEC TIMES`, `quit`
%% stdout: a line for each: `ok`; the indexes of the messages that the codec does not take; microseconds of CPU time.
%% CODEC is `plain` (compact text, the scanner in Erlang), `flex` (the same with the scanner in C), or `ber`.
-mode(compile).

main([]) ->
    {ok, Port} = megaco_flex_scanner:start(),
    io:format("ready~n"),
    serve([{"plain", megaco_compact_text_encoder, []},
           {"flex", megaco_compact_text_encoder, [{flex, Port}]},
           {"ber", megaco_ber_encoder, []}], []).

serve(Codecs, Messages) ->
    case string:lexemes(io:get_line(""), " \n") of
        ["load", File] ->
            {ok, Bytes} = file:read_file(File),
            io:format("ok~n"),
            serve(Codecs, [Message || <<Size:32, Message:Size/binary>> <= Bytes]);
        ["refused", Name] ->
            Codec = lists:keyfind(Name, 1, Codecs),
            Numbered = lists:zip(lists:seq(0, length(Messages) - 1), Messages),
            Refused = [integer_to_list(Index) || {Index, Message} <- Numbered, not takes(Codec, Message)],
            io:format("~s~n", [lists:join(" ", Refused)]),
            serve(Codecs, Messages);
        [Name, Times] ->
            Codec = lists:keyfind(Name, 1, Codecs),
            io:format("~b~n", [measured(fun() -> passes(list_to_integer(Times), Codec, Messages) end)]),
            serve(Codecs, Messages);
        _ ->
            ok
    end.

%% A process of its own for each round: it begins with an empty heap.
measured(Work) ->
    Own = self(),
    spawn_link(fun() ->
        {Before, _} = erlang:statistics(runtime),
        Work(),
        {After, _} = erlang:statistics(runtime),
        Own ! {done, (After - Before) * 1000}
    end),
    receive {done, Microseconds} -> Microseconds end.

passes(0, _, _) -> ok;
passes(Times, Codec, Messages) ->
    lists:foreach(fun(Message) -> both(Codec, Message) end, Messages),
    passes(Times - 1, Codec, Messages).

takes(Codec, Message) ->
    try both(Codec, Message) of _ -> true catch _:_ -> false end.

both({_, Module, Config}, Bytes) ->
    {ok, Message} = Module:decode_message(Config, dynamic, Bytes),
    {ok, Again} = Module:encode_message(Config, version(Message), Message),
    Again.

%% {'MegacoMessage', Header, {'Message', Version, ...}}
version(Message) ->
    element(2, element(3, Message)).
