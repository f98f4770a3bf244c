# Loss against bytes sent, from the files NAME.dat that compare.sh writes.
set terminal svg size 760,440 font "sans-serif,13" background rgb "white"
set output "compression.svg"
set logscale xy
set format x "10^{%L}"
set xlabel "bytes that a rank has sent"
set ylabel "loss on images not trained on"
set ytics (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3)
set grid back lc rgb "#dddddd" lt 1
set key inside top right Left reverse
set style data linespoints
plot "gtopk-0.001.dat" title "gtopk, density 0.001" lw 2 pt 7 ps 0.4 lc rgb "#0b6e4f", \
     "topk-0.001.dat" title "topk, density 0.001" lw 2 pt 7 ps 0.4 lc rgb "#c8553d", \
     "gtopk-0.01.dat" title "gtopk, density 0.01" lw 2 pt 6 ps 0.4 dt 2 lc rgb "#0b6e4f", \
     "topk-0.01.dat" title "topk, density 0.01" lw 2 pt 6 ps 0.4 dt 2 lc rgb "#c8553d", \
     "ssgd.dat" title "ssgd" lw 2 pt 7 ps 0.4 lc rgb "#555555"
